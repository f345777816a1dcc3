"""JAX in a process of its own: a request a line in, an answer a line out
(lib/bench/peers/process.ts). It trains the network of a plan in fp32 with
batch norm, as eoq's bn-fp32 does, SGD with momentum and weight decay, each
step one compiled function.
"""

import functools
import json
import math
import sys
import time


def answer(**value):
    print(json.dumps(value), flush=True)


try:
    import jax
    import numpy
    from jax import lax
    from jax import numpy as jnp
except ImportError:
    answer(ready=False)
    sys.exit()

MOMENTUM, DECAY, STATISTICS, EPSILON = 0.9, 1e-4, 0.1, 1e-5
# Labels change from step to step, or a small batch would be learnt by heart and its errors vanish.
LABELS = 61
# Of activations and of weights.
LAYOUTS = {"NHWC": ("NHWC", "HWIO", "NHWC"), "NCHW": ("NCHW", "OIHW", "NCHW")}


class Network:
    """Functions of parameters and running statistics, which are lists in the order of the layers."""

    def __init__(self, plan, layout):
        self.plan, self.layout = plan, layout
        self.channels = layout.index("C")
        self.pixels = (layout.index("H"), layout.index("W"))
        self.random = numpy.random.default_rng(1)
        self.parameters, self.statistics = [], []
        for each in self.convolutions():
            self.add(each)
        inputs, classes = plan["classifier"]["inputs"], plan["classes"]
        bound = 1 / math.sqrt(inputs)
        uniform = functools.partial(self.random.uniform, -bound, bound)
        self.parameters.append({"weights": uniform(size=(inputs, classes)), "bias": uniform(size=classes)})
        single = functools.partial(jax.tree.map, lambda x: jnp.asarray(x, jnp.float32))
        self.parameters, self.statistics = single(self.parameters), single(self.statistics)

    def convolutions(self):
        for each in self.plan["layers"]:
            if each["kind"] == "conv":
                yield each["conv"]
            if each["kind"] == "block":
                yield from each["block"]["convs"]
                if each["block"]["shortcut"]["kind"] == "projection":
                    yield each["block"]["shortcut"]["conv"]

    def add(self, plan):
        kernel, inputs, outputs = plan["kernel"], plan["inputs"], plan["outputs"]
        sizes = {"H": kernel, "W": kernel, "I": inputs, "O": outputs}
        shape = [sizes[each] for each in LAYOUTS[self.layout][1]]
        deviation = math.sqrt(2 / (kernel * kernel * outputs))
        weights = self.random.normal(scale=deviation, size=shape)
        self.parameters.append({"weights": weights, "scale": numpy.ones(outputs), "bias": numpy.zeros(outputs)})
        self.statistics.append({"mean": numpy.zeros(outputs), "variance": numpy.ones(outputs)})

    def of_channels(self, vector):
        """Shaped to be joined with activations."""
        shape = [1, 1, 1, 1]
        shape[self.channels] = -1
        return vector.reshape(shape)

    def normalised(self, plan, x, state, training):
        """Convolution and batch norm; `state` yields parameters and statistics, and takes the new ones."""
        parameters, statistics = next(state["of"])
        stride, pad = plan["stride"], plan["padding"]
        x = lax.conv_general_dilated(
            x, parameters["weights"], (stride, stride), [(pad, pad)] * 2, dimension_numbers=LAYOUTS[self.layout]
        )
        mean, variance = statistics["mean"], statistics["variance"]
        if training:
            over = tuple(axis for axis in range(4) if axis != self.channels)
            count = x.size // x.shape[self.channels]
            mean, variance = jnp.mean(x, over), jnp.var(x, over)
            unbiased = variance * (count / max(count - 1, 1))
            state["new"].append(
                {
                    "mean": (1 - STATISTICS) * statistics["mean"] + STATISTICS * mean,
                    "variance": (1 - STATISTICS) * statistics["variance"] + STATISTICS * unbiased,
                }
            )
        factor = parameters["scale"] * lax.rsqrt(variance + EPSILON)
        return x * self.of_channels(factor) + self.of_channels(parameters["bias"] - mean * factor)

    def block(self, plan, x, state, training):
        y, convs = x, plan["convs"]
        for i, conv in enumerate(convs):
            y = self.normalised(conv, y, state, training)
            y = jax.nn.relu(y) if i < len(convs) - 1 else y
        shortcut = plan["shortcut"]["kind"]
        if shortcut == "projection":
            x = self.normalised(plan["shortcut"]["conv"], x, state, training)
        elif shortcut == "pad":
            stride = math.prod(conv["stride"] for conv in convs)
            every = [slice(None, None, stride) if axis in self.pixels else slice(None) for axis in range(4)]
            added = [(0, 0)] * 4
            added[self.channels] = (0, convs[-1]["outputs"] - convs[0]["inputs"])
            x = jnp.pad(x[tuple(every)], added)
        return jax.nn.relu(y + x)

    def max_pool(self, plan, x):
        window, strides, padding = [1] * 4, [1] * 4, [(0, 0)] * 4
        for axis in self.pixels:
            window[axis], strides[axis], padding[axis] = plan["kernel"], plan["stride"], (plan["padding"],) * 2
        return lax.reduce_window(x, -jnp.inf, lax.max, window, strides, padding)

    def logits(self, parameters, statistics, x, training):
        """Logits, and the new running statistics."""
        state = {"of": iter(zip(parameters[:-1], statistics)), "new": []}
        for each in self.plan["layers"]:
            kind = each["kind"]
            if kind == "conv":
                x = jax.nn.relu(self.normalised(each["conv"], x, state, training))
            elif kind == "block":
                x = self.block(each["block"], x, state, training)
            elif kind == "max-pool":
                x = self.max_pool(each["pool"], x)
            elif kind == "average-pool":
                x = jnp.mean(x, self.pixels)
            else:
                assert kind == "flatten", kind
        last = parameters[-1]
        return x.reshape(x.shape[0], -1) @ last["weights"] + last["bias"], state["new"]


def training(network, images, classes):
    batch = images.shape[0]
    rate = 0.1 * batch / 128
    labels = [jnp.asarray(network.random.integers(classes, size=batch)) for _ in range(LABELS)]

    def loss_of(parameters, statistics, images, targets):
        logits, new = network.logits(parameters, statistics, images, True)
        return -jnp.mean(jax.nn.log_softmax(logits)[jnp.arange(batch), targets]), new

    # What goes in is given up, so that the new state may take its place.
    @functools.partial(jax.jit, donate_argnums=0)
    def take_step(state, images, targets):
        parameters, velocities, statistics = state
        gradients, statistics = jax.grad(loss_of, has_aux=True)(parameters, statistics, images, targets)
        velocities = jax.tree.map(lambda v, g, p: MOMENTUM * v + g + DECAY * p, velocities, gradients, parameters)
        return jax.tree.map(lambda p, v: p - rate * v, parameters, velocities), velocities, statistics

    state = network.parameters, jax.tree.map(jnp.zeros_like, network.parameters), network.statistics
    steps = 0

    def step():
        nonlocal state, steps
        state = take_step(state, images, labels[steps % LABELS])
        steps += 1
        return state

    return step


def inference(network, images):
    @jax.jit
    def classes_of(parameters, statistics, images):
        return jnp.argmax(network.logits(parameters, statistics, images, False)[0], 1)

    # Each step's answer is waited for, or steps would run side by side.
    return lambda: classes_of(network.parameters, network.statistics, images).block_until_ready()


def prepare(plan, batch, phase, layout):
    sizes = {"N": batch, "H": plan["height"], "W": plan["width"], "C": plan["channels"]}
    network = Network(plan, layout)
    images = jnp.asarray(network.random.random([sizes[each] for each in layout]), jnp.float32)
    step = training(network, images, plan["classes"]) if phase == "train-step" else inference(network, images)
    # The first call compiles.
    seconds_of(step, 2)
    return step


def seconds_of(step, repetitions):
    start = time.perf_counter()
    for _ in range(repetitions):
        result = step()
    jax.block_until_ready(result)
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


answer(ready=True, version=jax.__version__, python=sys.executable)
for line in sys.stdin:
    try:
        request = json.loads(line)
        answer(**serve(request.pop("command"), request))
    except Exception as error:
        answer(error=f"{type(error).__name__}: {' '.join(str(error).split())[:300]}")
