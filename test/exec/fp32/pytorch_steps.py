"""Training steps of a plan's batch-norm network in PyTorch, for pytorch_test.ts:
a request in JSON on standard input, the losses on standard output. In double
precision, so that what differs from eoq is eoq's rounding alone.
"""

import base64
import json
import math
import sys

import torch
from torch.nn import functional


def numbers(text, dtype):
    return torch.frombuffer(bytearray(base64.b64decode(text)), dtype=dtype)


def tensor(entry):
    """An entry of the state; the weights of a convolution are NHWC there."""
    values = numbers(entry["bytes"], torch.float32).double().view(entry["shape"])
    return values.permute(0, 3, 1, 2).contiguous() if values.dim() == 4 else values


class Network:
    def __init__(self, plan, state, training=True):
        self.plan, self.state, self.training = plan, state, training

    def convolution(self, x, plan):
        return functional.conv2d(x, self.state[plan["name"] + ".weights"], None, plan["stride"], plan["padding"])

    def normalised(self, x, plan):
        name = plan["name"] + ".norm."
        statistics = self.state[name + "runningMean"], self.state[name + "runningVariance"]
        offsets = self.state[name + "gamma"], self.state[name + "beta"]
        return functional.batch_norm(self.convolution(x, plan), *statistics, *offsets, training=self.training)

    def block(self, x, plan):
        convs, kind = plan["convs"], plan["shortcut"]["kind"]
        y = x
        for conv in convs[:-1]:
            y = functional.relu(self.normalised(y, conv))
        y = self.normalised(y, convs[-1])
        if kind == "projection":
            x = self.normalised(x, plan["shortcut"]["conv"])
        elif kind == "pad":
            stride = math.prod(conv["stride"] for conv in convs)
            x = functional.pad(x[:, :, ::stride, ::stride], (0, 0, 0, 0, 0, convs[-1]["outputs"] - x.shape[1]))
        return functional.relu(y + x)

    def layer(self, x, plan):
        if plan["kind"] == "conv":
            return functional.relu(self.normalised(x, plan["conv"]))
        if plan["kind"] == "block":
            return self.block(x, plan["block"])
        if plan["kind"] == "max-pool":
            pool = plan["pool"]
            return functional.max_pool2d(x, pool["kernel"], pool["stride"], pool["padding"])
        assert plan["kind"] == "average-pool", plan["kind"]
        return functional.adaptive_avg_pool2d(x, 1)

    def loss(self, batch):
        shape = (-1, self.plan["height"], self.plan["width"], self.plan["channels"])
        x = (numbers(batch["images"], torch.uint8).view(shape).permute(0, 3, 1, 2).double() - 128) / 64
        for plan in self.plan["layers"]:
            x = self.layer(x, plan)
        classifier = self.plan["classifier"]
        logits = self.convolution(x, classifier).flatten(1) + self.state[classifier["name"] + ".bias"]
        return functional.cross_entropy(logits, numbers(batch["labels"], torch.int16).long())


def main():
    request = json.load(sys.stdin)
    state = {entry["name"]: tensor(entry) for entry in request["state"]}
    learnt = [each.requires_grad_() for name, each in state.items() if ".running" not in name]
    groups = [
        {"params": [each for each in learnt if each.dim() > 1], "weight_decay": request["weightDecay"]},
        {"params": [each for each in learnt if each.dim() == 1]},
    ]
    optimizer = torch.optim.SGD(groups, lr=1, momentum=request["momentum"], nesterov=request["nesterov"])
    network = Network(request["plan"], state)
    losses = []
    for batch, rate in zip(request["batches"], request["rates"]):
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.zero_grad()
        loss = network.loss(batch)
        loss.backward()
        if request["centred"]:
            for each in groups[0]["params"]:
                each.grad -= each.grad.mean((1, 2, 3), keepdim=True)
        optimizer.step()
        losses.append(loss.item())
    squares = sum(each.detach().square().sum().item() for each in groups[0]["params"])
    if request["trained"] is not None:
        state.update((entry["name"], tensor(entry)) for entry in request["trained"])
    network.training = False
    with torch.no_grad():
        evaluation = [network.loss(batch).item() for batch in request["batches"]]
    print(json.dumps({"losses": losses, "evaluation": evaluation, "squares": squares}))


main()
