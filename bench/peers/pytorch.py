"""PyTorch in a process of its own: a request a line in, an answer a line out
(lib/bench/peers/process.ts). It trains the network of a plan in fp32 with
batch norm, as eoq's bn-fp32 does, SGD with momentum and weight decay.
"""

import contextlib
import functools
import json
import math
import re
import signal
import sys
import time


def answer(**value):
    print(json.dumps(value), flush=True)


try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError:
    answer(ready=False)
    sys.exit()


def convolution(plan):
    return nn.Conv2d(plan["inputs"], plan["outputs"], plan["kernel"], plan["stride"], plan["padding"], bias=False)


def normalised(plan):
    return nn.Sequential(convolution(plan), nn.BatchNorm2d(plan["outputs"]))


class Block(nn.Module):
    def __init__(self, plan):
        super().__init__()
        first, last = plan["convs"][0], plan["convs"][-1]
        self.branch = nn.Sequential(*[normalised(conv) for conv in plan["convs"]])
        self.shortcut = plan["shortcut"]["kind"]
        if self.shortcut == "projection":
            self.projection = normalised(plan["shortcut"]["conv"])
        self.stride = math.prod(conv["stride"] for conv in plan["convs"])
        self.added = last["outputs"] - first["inputs"]

    def forward(self, x):
        y = x
        for i, conv in enumerate(self.branch):
            y = functional.relu(conv(y), inplace=True) if i < len(self.branch) - 1 else conv(y)
        if self.shortcut == "projection":
            x = self.projection(x)
        elif self.shortcut == "pad":
            x = functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.added))
        return functional.relu(y + x, inplace=True)


def layer(plan):
    kind = plan["kind"]
    if kind == "conv":
        return nn.Sequential(normalised(plan["conv"]), nn.ReLU(inplace=True))
    if kind == "block":
        return Block(plan["block"])
    if kind == "max-pool":
        pool = plan["pool"]
        return nn.MaxPool2d(pool["kernel"], pool["stride"], pool["padding"])
    if kind == "average-pool":
        return nn.AdaptiveAvgPool2d(1)
    assert kind == "flatten", kind
    return nn.Sequential(nn.Flatten(), nn.Unflatten(1, (-1, 1, 1)))


class Network(nn.Module):
    def __init__(self, plan):
        super().__init__()
        self.layers = nn.Sequential(*[layer(each) for each in plan["layers"]])
        self.classifier = nn.Linear(plan["classifier"]["inputs"], plan["classes"])

    def forward(self, x):
        return self.classifier(self.layers(x).flatten(1))


LAYOUTS = {"default": torch.contiguous_format, "channels_last": torch.channels_last}
# Labels change from step to step, or a small batch would be learnt by heart and its errors vanish.
LABELS = 61


def descent(parameters, **options):
    """SGD, all parameters in one call where this PyTorch has that on a CPU."""
    parameters = list(parameters)
    try:
        return torch.optim.SGD(parameters, fused=True, **options)
    except (TypeError, RuntimeError):
        return torch.optim.SGD(parameters, **options)


def training(network, images, classes, compiler):
    batch = images.shape[0]
    labels = [torch.randint(classes, (batch,)) for _ in range(LABELS)]
    optimizer = descent(network.parameters(), lr=0.1 * batch / 128, momentum=0.9, weight_decay=1e-4)
    steps = 0

    def loss_of(targets):
        return functional.cross_entropy(network(images), targets)

    if compiler == "compile":
        loss_of = torch.compile(loss_of, dynamic=False)

    def step():
        nonlocal steps
        optimizer.zero_grad(set_to_none=True)
        loss_of(labels[steps % LABELS]).backward()
        optimizer.step()
        steps += 1

    return step


def inference(network, images, compiler):
    network.eval()
    # Both fold batch norms into the convolutions, and keep oneDNN's own layouts between them.
    with torch.no_grad():
        if compiler == "jit":
            network = torch.jit.optimize_for_inference(torch.jit.trace(network, images))
        if compiler == "compile":
            network = torch.compile(network, dynamic=False, options={"freezing": True})
            network(images)  # Freezing does nothing to what is first seen in inference mode.

    @torch.inference_mode()
    def infer():
        return network(images).argmax(1)

    return infer


class TooLong(BaseException):
    """No `except Exception` of a compiler stops it."""


@contextlib.contextmanager
def within(seconds):
    def stop(*_):
        raise TooLong(f"takes longer than {seconds} s to compile")

    signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)


@functools.cache
def start_compiler():
    """Loads it outside of any limit: a module that is loaded halfway stays so."""
    torch.compile(lambda x: torch.cos(x) + 1)(torch.zeros(8))


def prepare(plan, batch, phase, layout, compiler="none", limit=0):
    shape = (batch, plan["channels"], plan["height"], plan["width"])
    images = torch.rand(shape).to(memory_format=LAYOUTS[layout])
    network = Network(plan).to(memory_format=LAYOUTS[layout])
    if compiler == "compile":
        start_compiler()
    with within(limit) if compiler == "compile" else contextlib.nullcontext():
        if phase == "train-step":
            step = training(network, images, plan["classes"], compiler)
        else:
            step = inference(network, images, compiler)
        if compiler != "none":
            # The first call compiles, the second shows that it need not be done again.
            seconds_of(step, 2)
    return step


def seconds_of(step, repetitions):
    start = time.perf_counter()
    for _ in range(repetitions):
        step()
    return time.perf_counter() - start


def resident(key):
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith(key))


prepared = {}


def serve(command, request):
    if command == "prepare":
        key = request.pop("id")
        prepared[key] = prepare(**request)
        return {}
    if command == "sample":
        return {"seconds": seconds_of(prepared[request["id"]], request["repetitions"])}
    if command == "release":
        del prepared[request["id"]]
        # After some networks torch.compile would leave all others as they are.
        if not prepared and COMPILES:
            torch._dynamo.reset()
        return {}
    if command == "memory":
        idle, steps = resident("VmRSS"), request.pop("steps")
        seconds_of(prepare(phase="train-step", **request), steps)
        return {"idleBytes": idle, "peakBytes": resident("VmHWM")}
    raise ValueError(f"unknown command {command}")


def version():
    backend = re.search(r"(?:MKL-DNN|oneDNN) v([\d.]+)", torch.__config__.show())
    return torch.__version__ + (f" with oneDNN {backend[1]}" if backend else "")


def reason(error):
    """The lines of an error that say what it is: the first of torch.compile's names its part alone."""
    return " ".join(" ".join(str(error).split("\n")[:2]).split())[:300]


COMPILES = hasattr(torch, "compile")
torch.set_num_threads(int(sys.argv[1]))
answer(ready=True, version=version(), python=sys.executable, compiles=COMPILES)
for line in sys.stdin:
    try:
        request = json.loads(line)
        answer(**serve(request.pop("command"), request))
    except TooLong as error:
        answer(error=str(error))
    except Exception as error:
        answer(error=f"{type(error).__name__}: {reason(error)}")
