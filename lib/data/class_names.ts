/**
 * What the classes of published datasets are called, in the order of their labels.
 *
 * @module
 */

/** MNIST: the digits. */
export const DIGITS: readonly string[] = Array.from("0123456789");

/** Fashion-MNIST (Xiao et al., arXiv 1708.07747, table 1). */
export const CLOTHES: readonly string[] = [
  ...["T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"],
];

/** CIFAR-10 (its batches.meta). */
export const CIFAR10_CLASSES: readonly string[] = [
  ...["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
];

/** CIFAR-100 (the fine labels of its meta). */
export const CIFAR100_CLASSES: readonly string[] = [
  ...["apple", "aquarium_fish", "baby", "bear", "beaver", "bed", "bee", "beetle", "bicycle", "bottle"],
  ...["bowl", "boy", "bridge", "bus", "butterfly", "camel", "can", "castle", "caterpillar", "cattle"],
  ...["chair", "chimpanzee", "clock", "cloud", "cockroach", "couch", "crab", "crocodile", "cup", "dinosaur"],
  ...["dolphin", "elephant", "flatfish", "forest", "fox", "girl", "hamster", "house", "kangaroo", "keyboard"],
  ...["lamp", "lawn_mower", "leopard", "lion", "lizard", "lobster", "man", "maple_tree", "motorcycle", "mountain"],
  ...["mouse", "mushroom", "oak_tree", "orange", "orchid", "otter", "palm_tree", "pear", "pickup_truck", "pine_tree"],
  ...["plain", "plate", "poppy", "porcupine", "possum", "rabbit", "raccoon", "ray", "road", "rocket"],
  ...["rose", "sea", "seal", "shark", "shrew", "skunk", "skyscraper", "snail", "snake", "spider"],
  ...["squirrel", "streetcar", "sunflower", "sweet_pepper", "table", "tank", "telephone", "television", "tiger"],
  ...["tractor", "train", "trout", "tulip", "turtle", "wardrobe", "whale", "willow_tree", "wolf", "woman", "worm"],
];
