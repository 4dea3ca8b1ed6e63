"""Dainese's way of training, in plain NumPy: one sample after the other, every derivative by hand.

It is what `dainese.py` judges itself by, because the author's data are not available. Nothing of the package is used.
"""

import numpy as np


def forward(layers, x):
    """What goes into each layer, and what comes out of the last, for one sample (1,) or for all, (N, 1)."""
    inputs = [x]
    for weight, bias in layers[:-1]:
        inputs.append(np.maximum(inputs[-1] @ weight.T + bias, 0.0))
    weight, bias = layers[-1]
    return inputs, inputs[-1] @ weight.T + bias


def gradients(layers, x, y, penalty):
    """Of half the squared error of one sample, and of `penalty` times the sum of all squared weights; by layers."""
    inputs, output = forward(layers, x)
    error = output - y
    found = []
    for place in range(len(layers) - 1, -1, -1):
        weight, _ = layers[place]
        found.append((np.outer(error, inputs[place]) + 2 * penalty * weight, error))
        error = (error @ weight) * (inputs[place] > 0)
    return found[::-1]


def train(layers, x, y, *, epochs, rate, final_rate, penalty, threshold):
    """Train [(weight, bias), ...] on x and y of shape (N, 1), and return the new ones; the old ones stay."""
    layers = [(weight.copy(), bias.copy()) for weight, bias in layers]
    for epoch in range(epochs):
        step = rate * (final_rate / rate) ** (epoch / epochs)
        for sample, label in zip(x, y):
            found = gradients(layers, sample, label, penalty)
            norm = np.sqrt(sum((array**2).sum() for pair in found for array in pair))
            scale = step * min(1.0, threshold / norm)  # the direction stays, and the length is at most the threshold
            for (weight, bias), (of_weight, of_bias) in zip(layers, found):
                weight -= scale * of_weight
                bias -= scale * of_bias
    return layers


def predict(layers, x):
    """The outputs (N, 1) for inputs (N, 1)."""
    return forward(layers, x)[1]
