/** Runs a model operator by operator. */

import type { OnnxModel, Tensor } from "./model.ts";
import { OPERATORS } from "./operators.ts";

/** All tensors of a run by name. @throws naming the operator that is at fault */
export function evaluate(model: OnnxModel, inputs: Readonly<Record<string, Tensor>>): ReadonlyMap<string, Tensor> {
  const tensors = new Map([...model.initializers, ...Object.entries(inputs)]);
  for (const { name, operator, domain, inputs, outputs, attributes } of model.operators) {
    const definition = OPERATORS[operator];
    if (definition === undefined || domain !== "") throw new Error(`${name}: no operator ${domain} ${operator} here`);
    const operands = inputs.map((each) => {
      const operand = tensors.get(each);
      if (operand === undefined) throw new Error(`${name} reads ${each}, which nothing wrote`);
      return operand;
    });
    try {
      tensors.set(outputs[0]!, definition(operands, attributes));
    } catch (error) {
      throw new Error(`${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return tensors;
}
