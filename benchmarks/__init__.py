"""Speed of tinygrad_nn beside its peers: ``python -m benchmarks``, with ``ops`` or ``compile`` for parts of it.

Read downwards: `workloads` says what is trained, `runners` how each framework trains it, `worker` times one
framework in a process of its own, `measure` interleaves the processes, `steps` puts it together, `ratios` compares,
`report` and `pictures` print and draw the result; `ops` does the same for single operations, `first_calls` for what
compiling costs. `imports` stands for itself.
"""
