"""Ctrl-C held back until it does no harm."""

import signal
import threading

import pytest

from tinygrad_nn.train.interrupt import deferred_interrupt


def press():
    signal.raise_signal(signal.SIGINT)


def test_it_waits_for_the_check():
    done = []

    def step():
        with deferred_interrupt() as check:
            press()
            done.append("the step")
            check()
            done.append("the next one")

    with pytest.raises(KeyboardInterrupt):
        step()
    assert done == ["the step"]
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_it_is_not_lost_without_a_check():
    def step():
        with deferred_interrupt():
            press()

    with pytest.raises(KeyboardInterrupt):
        step()


def test_a_second_one_acts_at_once():
    done = []

    def step():
        with deferred_interrupt():
            press()
            press()
            done.append("not reached")

    with pytest.raises(KeyboardInterrupt):
        step()
    assert not done


def test_a_handler_of_the_program_stays():
    pressed = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(1))
    try:
        with deferred_interrupt() as check:
            press()
            check()
    finally:
        signal.signal(signal.SIGINT, before)
    assert pressed == [1]


def test_other_threads_are_left_alone():
    entered = []

    def run():
        with deferred_interrupt() as check:
            check()
            entered.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert entered == [True]
