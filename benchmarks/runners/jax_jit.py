"""JAX: the whole step, update included, in one jitted function that may reuse its arguments' memory."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.layers import Activate, Convolve, Flatten, Layer, Linear, MaxPool, paired
from benchmarks.runners import Step
from benchmarks.workloads import Array, Parameters, Workload

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}


def convolved(layer: Convolve, x: jax.Array, weight: jax.Array, bias: jax.Array) -> jax.Array:
    strides = (1,) * len(layer.kernel)
    return jax.lax.conv_general_dilated(x, weight, strides, "VALID") + bias.reshape(-1, *strides)


def pooled(layer: MaxPool, x: jax.Array) -> jax.Array:
    window = (1, 1, *layer.window)
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")


FUNCTIONS: dict[type[Layer], Any] = {
    Linear: lambda layer, h, weight, bias: h @ weight + bias,
    Activate: lambda layer, h: ACTIVATIONS[layer.kind](h),
    Convolve: convolved,
    MaxPool: pooled,
    Flatten: lambda layer, h: h.reshape(len(h), -1),
}


def make_step(workload: Workload, batch: tuple[Array, Array], parameters: Parameters) -> Step:
    x, t = (jnp.asarray(array) for array in batch)
    weights = [
        tuple(jnp.asarray(array.T if isinstance(layer, Linear) else array) for array in arrays)
        for layer, arrays in paired(workload.layers, parameters)
    ]

    def loss_function(weights: Any, x: jax.Array, t: jax.Array) -> jax.Array:
        z = x
        for layer, own in zip(workload.layers, weights):
            z = FUNCTIONS[type(layer)](layer, z, *own)
        if workload.loss == "mse":
            return jnp.mean((z - t) ** 2)
        if workload.loss == "binary_cross_entropy":
            return jnp.mean(jax.nn.softplus(z) - z * t)
        return -jnp.mean(jnp.take_along_axis(jax.nn.log_softmax(z), t[:, None], axis=1))

    def sgd(weights: Any, velocities: Any, gradients: Any) -> tuple[Any, Any]:
        velocities = jax.tree.map(lambda v, g: workload.momentum * v + g, velocities, gradients)
        return jax.tree.map(lambda p, v: p - workload.lr * v, weights, velocities), velocities

    def adam(weights: Any, state: Any, gradients: Any) -> tuple[Any, Any]:
        count, means, squares = state
        count = count + 1
        means = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, means, gradients)
        squares = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, squares, gradients)
        step_size = workload.lr / (1 - 0.9**count)
        correction = 1 / jnp.sqrt(1 - 0.999**count)
        weights = jax.tree.map(
            lambda p, m, s: p - step_size * m / (jnp.sqrt(s) * correction + 1e-8), weights, means, squares
        )
        return weights, (count, means, squares)

    def train_step(weights: Any, state: Any, x: jax.Array, t: jax.Array) -> tuple[Any, Any, jax.Array]:
        loss, gradients = jax.value_and_grad(loss_function)(weights, x, t)
        weights, state = update(weights, state, gradients)
        return weights, state, loss

    def zeros() -> Any:
        return jax.tree.map(jnp.zeros_like, weights)

    update, state = (adam, (jnp.zeros(()), zeros(), zeros())) if workload.optimizer == "adam" else (sgd, zeros())
    compiled = jax.jit(train_step, donate_argnums=(0, 1))

    def step() -> jax.Array:
        nonlocal weights, state
        weights, state, loss = compiled(weights, state, x, t)
        return loss.block_until_ready()  # All results of one compiled call are ready together.

    return step
