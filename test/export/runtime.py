"""Runs an exported model in onnxruntime: what test/export/runtime_test.ts compares with.

python runtime.py MODEL IMAGES OUT LAYERS: images are raw bytes; OUT gets the logits as raw numbers, and behind them,
where LAYERS is not 0, every tensor of bytes that a call writes, of the first LAYERS images.
"""

import sys

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator

path, images_path, out, layers = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
model = onnx.load(path)
onnx.checker.check_model(model, full_check=True)
shape = [each.dim_value for each in model.graph.input[0].type.tensor_type.shape.dim][1:]
images = np.fromfile(images_path, np.uint8).reshape(-1, *shape)
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
BATCH = 100


def run(bytes_of_model, names, batch):
    session = onnxruntime.InferenceSession(bytes_of_model, options, ["CPUExecutionProvider"])
    parts = [session.run(names, {"images": batch[i : i + BATCH]}) for i in range(0, len(batch), BATCH)]
    return [np.concatenate(each) for each in zip(*parts)]


logits = run(model.SerializeToString(), ["logits"], images)[0]
# ONNX's own definitions of its operators, in NumPy: slow, and without DequantizeLinear of this opset.
if all(node.op_type != "DequantizeLinear" for node in model.graph.node):
    reference = ReferenceEvaluator(model).run(["logits"], {"images": images[:2]})[0]
    assert reference.dtype == logits.dtype
    most = 0 if logits.dtype == np.float64 else 1e-4 * abs(reference).max()
    assert (abs(reference - logits[:2]) <= most).all()

with open(out, "wb") as file:
    file.write(logits.tobytes())
    if layers:
        names = [name for node in model.graph.node for name in node.output if name.split("/")[-1].split("_")[0] == "y"]
        model.graph.output.extend(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.UINT8, None) for name in names)
        for written in run(model.SerializeToString(), names, images[:layers]):
            file.write(np.ascontiguousarray(np.moveaxis(written, 1, -1)).tobytes())
