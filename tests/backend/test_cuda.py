"""The CuPy namespace, as far as a machine without a GPU can tell: CuPy itself and NVRTC need none."""

import shutil
import subprocess

import numpy as np
import pytest

from tinygrad_nn.backend.devices import as_array, is_available, namespace_for
from tinygrad_nn.backend.errors import DeviceError

cupy = pytest.importorskip("cupy", reason="CuPy is not installed", exc_type=ImportError)

from tinygrad_nn.backend import cuda, cuda_random  # noqa: E402  (they import CuPy)

TYPES = {
    "float32": "float", "float64": "double", "uint64": "unsigned long long", "int64": "long long", "bool": "bool",
    "int32": "int", "uint8": "unsigned char",
}  # fmt: skip

KERNELS = [
    cuda_random._float_uniform, cuda_random._double_uniform, cuda_random._float_normal, cuda_random._double_normal,
    cuda_random._bernoulli, cuda_random._bits, cuda_random._integers,
]  # fmt: skip


def _compile(source):
    """Compile CUDA C++ for an old and a new GPU."""
    try:
        architectures = cupy.cuda.nvrtc.getSupportedArchs()
    except Exception as error:  # CuPy's own kind, for a library that is not there
        pytest.skip(f"NVRTC is not installed ({type(error).__name__})")
    for architecture in (architectures[0], architectures[-1]):
        program = cupy.cuda.nvrtc.createProgram(source, "test.cu", (), ())
        try:
            cupy.cuda.nvrtc.compileProgram(program, (f"-arch=compute_{architecture}", "--std=c++17"))
        except cupy.cuda.nvrtc.NVRTCError:
            pytest.fail(cupy.cuda.nvrtc.getProgramLog(program))
        finally:
            cupy.cuda.nvrtc.destroyProgram(program)


def _elementwise(preamble, operation, inputs, output):
    """A kernel as CuPy would make it of an elementwise operation."""
    scalars = ", ".join(f"{TYPES[kind]} {name}" for kind, name in inputs)
    return f"""
    {preamble}
    extern "C" __global__ void kernel({scalars}, {TYPES[output]}* ys, long long size) {{
        for (long long i = threadIdx.x; i < size; i += blockDim.x) {{ {TYPES[output]}& y = ys[i]; {operation}; }}
    }}"""


@pytest.mark.parametrize("kernel", KERNELS, ids=lambda kernel: kernel.name)
def test_random_kernels_compile(kernel):
    inputs = [(str(np.dtype(parameter.dtype)), parameter.name) for parameter in kernel.in_params]
    output = str(np.dtype(kernel.out_params[0].dtype))
    _compile(_elementwise(cuda_random.PHILOX, kernel.operation, inputs, output))


@pytest.mark.parametrize("operation", [cuda.SIGMOID, cuda.SOFTPLUS])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_elementwise_kernels_compile(dtype, operation):
    _compile(_elementwise("", operation, [(dtype, "x")], dtype))


@pytest.mark.parametrize("dtype", ["int64", "int32", "uint8", "uint64"])
def test_range_check_compiles(dtype):
    condition = cuda.OUT_OF_RANGE.replace("(long long)i", "(long long)index")
    _compile(_elementwise("", f"y = {condition}", [(dtype, "index"), ("int64", "n")], "bool"))


def test_philox_gives_the_published_numbers(tmp_path):
    compiler = shutil.which("c++") or shutil.which("g++")
    if compiler is None:
        pytest.skip("no C++ compiler here to run it with")
    source = tmp_path / "philox.cpp"
    source.write_text(
        "#define __device__\n#include <cstdio>\nstruct uint4 { unsigned int x, y, z, w; };\n"
        + cuda_random.PHILOX
        + """
    void show(unsigned long long seed, unsigned long long draw, unsigned long long place) {
        uint4 u = philox(seed, draw, place);
        std::printf("%08x %08x %08x %08x\\n", u.x, u.y, u.z, u.w);
    }
    int main() {
        show(0, 0, 0);
        show(~0ULL, ~0ULL, ~0ULL);
        show(0x299f31d0a4093822ULL, 0x0370734413198a2eULL, 0x85a308d3243f6a88ULL);
    }"""
    )
    program = tmp_path / "philox"
    subprocess.run([compiler, "-o", program, source], check=True)
    printed = subprocess.run([program], check=True, capture_output=True, text=True).stdout
    # the known answers of the authors' library, Random123
    assert printed.splitlines() == [
        "6627e8d5 e169c58d bc57ac4c 9b00dbd8",
        "408f276d 41c83b0e a20bc7c6 6d5451fd",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ]


def test_without_a_gpu():
    if is_available("cuda"):
        pytest.skip("there is a GPU")
    assert not cuda.is_available()
    assert not cuda.multi_device
    with pytest.raises(DeviceError, match='device "cuda:0": no NVIDIA GPU can be used here'):
        namespace_for("cuda")
    with pytest.raises(DeviceError, match="cuda:1"):
        as_array([1.0], device="cuda:1")


class FakeArray:
    """An array on a device of a machine that has several."""

    def __init__(self, number):
        self.device = type("Device", (), {"id": number})


def test_mixed_gpus_are_refused(monkeypatch):
    used = []
    monkeypatch.setattr(cuda, "kind", FakeArray)
    monkeypatch.setattr(cuda.runtime, "getDevice", lambda: 0)
    monkeypatch.setattr(cuda.cupy.cuda, "Device", lambda n: type("Device", (), {"use": lambda self: used.append(n)})())
    cuda.select("add", (FakeArray(0), 2.0, FakeArray(0)))
    cuda.select("add", (3.0,))
    assert used == []
    cuda.select("add", (FakeArray(1), 2.0))
    assert used == [1]
    with pytest.raises(DeviceError, match=r"add: operands are on cuda:0 and cuda:2; move one with x\.to_device"):
        cuda.select("add", (FakeArray(2), FakeArray(0)))
