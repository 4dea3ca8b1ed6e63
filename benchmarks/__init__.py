"""Speed of tinygrad_nn beside its peers: ``python -m benchmarks`` and ``python -m benchmarks ops``.

Read downwards: `workloads` says what is trained, `runners` how each framework trains it, `worker` times one
framework in a process of its own, `measure` interleaves the processes, `report` prints and draws the result;
`ops` does the same for single operations.
"""
