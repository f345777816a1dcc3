"""PyTorch in a process of its own: a request a line in, an answer a line out
(lib/bench/peers/process.ts). It trains the network of a plan in fp32 with
batch norm: the post-activation residual network with shortcuts of option A
that eoq's bn-fp32 trains, SGD with momentum and weight decay.
"""

import json
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


class Block(nn.Module):
    def __init__(self, plan):
        super().__init__()
        self.conv1, self.conv2 = convolution(plan["conv1"]), convolution(plan["conv2"])
        self.norm1, self.norm2 = nn.BatchNorm2d(plan["conv1"]["outputs"]), nn.BatchNorm2d(plan["conv2"]["outputs"])
        self.stride = plan["conv1"]["stride"]
        self.added = plan["conv2"]["outputs"] - plan["conv1"]["inputs"]

    def forward(self, x):
        y = functional.relu(self.norm1(self.conv1(x)), inplace=True)
        y = self.norm2(self.conv2(y))
        if self.stride != 1 or self.added != 0:
            x = functional.pad(x[:, :, :: self.stride, :: self.stride], (0, 0, 0, 0, 0, self.added))
        return functional.relu(y + x, inplace=True)


class Network(nn.Module):
    def __init__(self, plan):
        super().__init__()
        self.stem, self.norm = convolution(plan["stem"]), nn.BatchNorm2d(plan["stem"]["outputs"])
        self.blocks = nn.Sequential(*[Block(block) for block in plan["blocks"]])
        self.classifier = nn.Linear(plan["classifier"]["inputs"], plan["classes"])

    def forward(self, x):
        x = functional.relu(self.norm(self.stem(x)), inplace=True)
        return self.classifier(self.blocks(x).mean((2, 3)))


LAYOUTS = {"default": torch.contiguous_format, "channels_last": torch.channels_last}
# Labels change from step to step, or a small batch would be learnt by heart and its errors vanish.
LABELS = 61


def training(network, images, classes):
    batch = images.shape[0]
    labels = torch.randint(classes, (LABELS, batch))
    optimizer = torch.optim.SGD(network.parameters(), lr=0.1 * batch / 128, momentum=0.9, weight_decay=1e-4)
    steps = 0

    def step():
        nonlocal steps
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(network(images), labels[steps % LABELS]).backward()
        optimizer.step()
        steps += 1

    return step


def inference(network, images, compiled):
    network.eval()
    if compiled:
        # Batch norms folded into the convolutions, and oneDNN's own layouts between them.
        with torch.no_grad():
            network = torch.jit.optimize_for_inference(torch.jit.trace(network, images))

    @torch.inference_mode()
    def infer():
        return network(images).argmax(1)

    return infer


def prepare(plan, batch, phase, layout, compiled=False):
    shape = (batch, plan["channels"], plan["height"], plan["width"])
    images = torch.rand(shape).to(memory_format=LAYOUTS[layout])
    network = Network(plan).to(memory_format=LAYOUTS[layout])
    if phase == "train-step":
        return training(network, images, plan["classes"])
    return inference(network, images, compiled)


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
        return {}
    if command == "memory":
        idle, steps = resident("VmRSS"), request.pop("steps")
        seconds_of(prepare(phase="train-step", **request), steps)
        return {"idleBytes": idle, "peakBytes": resident("VmHWM")}
    raise ValueError(f"unknown command {command}")


torch.set_num_threads(int(sys.argv[1]))
answer(ready=True)
for line in sys.stdin:
    try:
        request = json.loads(line)
        answer(**serve(request.pop("command"), request))
    except Exception as error:
        answer(error=f"{type(error).__name__}: {error}")
