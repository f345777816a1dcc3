/**
 * A plan says what a network is: shapes and layers as pure data. Execution in
 * either arithmetic, operation counts, memory and the printed summary all
 * follow from it, so nothing about a network is written twice.
 *
 * @module
 */

/** Shape of an image, or of an activation. */
export interface ImageShape {
  /** Rows. */
  readonly height: number;
  /** Columns. */
  readonly width: number;
  /** Values of a pixel. */
  readonly channels: number;
}

/** A square window that slides over an image: of a convolution or of a pool. */
export interface WindowPlan {
  /** Unique in its plan. */
  readonly name: string;
  /** Input height and width in pixels. */
  readonly height: number;
  /** Input width in pixels. */
  readonly width: number;
  /** Rows and columns of the window. */
  readonly kernel: number;
  /** Pixels from one window to the next. */
  readonly stride: number;
  /** Pixels added on each side: zeros for a convolution, none of them ever the largest for a pool. */
  readonly padding: number;
}

/** A convolution over NHWC data, no bias of its own. A fully connected layer is one over a single pixel. */
export interface ConvPlan extends WindowPlan {
  /** Input channels. */
  readonly inputs: number;
  /** Output channels. */
  readonly outputs: number;
}

/** The largest value of each window, channel by channel. */
export interface MaxPoolPlan extends WindowPlan {
  /** Channels, of input and output. */
  readonly channels: number;
}

/** What goes around the convolutions of a block. */
export type ShortcutPlan =
  /** The block's input as it is. */
  | { readonly kind: "identity" }
  /** Every stride-th pixel, zero channels appended: option A of He et al. (arXiv 1512.03385). */
  | { readonly kind: "pad" }
  /** A 1x1 convolution: option B. */
  | { readonly kind: "projection"; readonly conv: ConvPlan };

/** A residual block: a branch of two convolutions (basic) or three (bottleneck), added to its shortcut. */
export interface BlockPlan {
  /** What the names of its layers begin with. */
  readonly name: string;
  /** The branch, in forward order. */
  readonly convs: readonly ConvPlan[];
  /** What the branch is added to. */
  readonly shortcut: ShortcutPlan;
}

/** One layer in front of the classifier. */
export type LayerPlan =
  /** A convolution and its ReLU. */
  | { readonly kind: "conv"; readonly conv: ConvPlan }
  | { readonly kind: "max-pool"; readonly pool: MaxPoolPlan }
  | { readonly kind: "block"; readonly block: BlockPlan }
  /** The mean over all pixels of its input; the last layer where it occurs. */
  | { readonly kind: "average-pool"; readonly input: ImageShape }
  /** Its input as one pixel of many channels; NHWC data stays as it is. */
  | { readonly kind: "flatten"; readonly input: ImageShape };

/** A network, and the images that it is for. */
export interface Plan extends ImageShape {
  /** Name of the model. */
  readonly model: string;
  /** Classes to tell apart. */
  readonly classes: number;
  /** All but the classifier, in forward order. */
  readonly layers: readonly LayerPlan[];
  /** The classifier as a 1x1 convolution over one pixel. */
  readonly classifier: ConvPlan;
}

/** Height and width of a window's output in pixels. */
export function outputSize(window: Omit<WindowPlan, "name">): { height: number; width: number } {
  const size = (length: number) => Math.floor((length + 2 * window.padding - window.kernel) / window.stride) + 1;
  return { height: size(window.height), width: size(window.width) };
}

/** Elements of a convolution's input and output for one image, and its weights. */
export function convElements(conv: Omit<ConvPlan, "name">): { input: number; output: number; weights: number } {
  const { height, width } = outputSize(conv);
  return {
    input: conv.height * conv.width * conv.inputs,
    output: height * width * conv.outputs,
    weights: conv.outputs * conv.kernel * conv.kernel * conv.inputs,
  };
}

/** The first convolution of a block's branch and its last. */
export function branchEnds({ convs }: BlockPlan): { first: ConvPlan; last: ConvPlan } {
  return { first: convs[0]!, last: convs.at(-1)! };
}

/** Pixels between those that a block's shortcut takes, in either direction. */
export function blockStride({ convs }: BlockPlan): number {
  return convs.reduce((stride, conv) => stride * conv.stride, 1);
}

/** The convolutions of a layer in forward order, a projection behind its branch. */
export function layerConvolutions(layer: LayerPlan): readonly ConvPlan[] {
  switch (layer.kind) {
    case "conv":
      return [layer.conv];
    case "block": {
      const { convs, shortcut } = layer.block;
      return shortcut.kind === "projection" ? [...convs, shortcut.conv] : convs;
    }
    default:
      return [];
  }
}

/**
 * Every convolution of a plan in forward order, a block's projection behind its
 * branch and the classifier last.
 */
export function convolutions(plan: Plan): ConvPlan[] {
  return [...plan.layers.flatMap(layerConvolutions), plan.classifier];
}
