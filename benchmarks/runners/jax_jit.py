"""JAX: the whole step, update included, in one jitted function that may reuse its arguments' memory."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp

from benchmarks.layers import Activate, Attend, Convolve, Flatten, Layer, Linear, MaxPool, Recur, paired
from benchmarks.runners import Step
from benchmarks.workloads import Array, Parameters, Workload

ACTIVATIONS = {"relu": jax.nn.relu, "tanh": jnp.tanh, "sigmoid": jax.nn.sigmoid}


def convolved(layer: Convolve, x: jax.Array, weight: jax.Array, bias: jax.Array) -> jax.Array:
    strides = (1,) * len(layer.kernel)
    return jax.lax.conv_general_dilated(x, weight, strides, "VALID") + bias.reshape(-1, *strides)


def pooled(layer: MaxPool, x: jax.Array) -> jax.Array:
    window = (1, 1, *layer.window)
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, window, window, "VALID")


def last_state(layer: Recur, x: jax.Array, of_x: jax.Array, of_h: jax.Array, *biases: jax.Array) -> jax.Array:
    def step(state: Any, z: jax.Array) -> Any:
        h, c = state
        i, f, g, o = jnp.split(z + h @ of_h.T, 4, axis=1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        return (jax.nn.sigmoid(o) * jnp.tanh(c), c), None

    zeros = jnp.zeros((len(x), layer.hidden))
    (h, _), _ = jax.lax.scan(step, (zeros, zeros), x.swapaxes(0, 1) @ of_x.T + sum(biases))
    return h


def normalized(x: jax.Array, weight: jax.Array, bias: jax.Array) -> jax.Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-5) * weight + bias


def block(layer: Attend, x: jax.Array, *weights: jax.Array) -> jax.Array:
    w_in, b_in, w_out, b_out, w_1, b_1, w_2, b_2, *norms = weights
    qkv = (normalized(x, *norms[:2]) @ w_in.T + b_in).reshape(*x.shape[:2], 3, layer.heads, -1)
    heads = jax.nn.dot_product_attention(qkv[:, :, 0], qkv[:, :, 1], qkv[:, :, 2], is_causal=True)
    x = x + heads.reshape(x.shape) @ w_out.T + b_out
    return x + jax.nn.gelu(normalized(x, *norms[2:]) @ w_1.T + b_1) @ w_2.T + b_2


FUNCTIONS: dict[type[Layer], Any] = {
    Linear: lambda layer, h, weight, bias: h @ weight + bias,
    Activate: lambda layer, h: ACTIVATIONS[layer.kind](h),
    Convolve: convolved,
    MaxPool: pooled,
    Flatten: lambda layer, h: h.reshape(len(h), -1),
    Recur: last_state,
    Attend: block,
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
