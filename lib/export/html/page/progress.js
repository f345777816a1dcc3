/**
 * How well the network does on images that it has not seen: each is predicted
 * before it is learnt from (prequential accuracy, Dawid 1984).
 *
 * @module
 */

/** Outcomes that are remembered one by one. */
export const RECENT = 20;

/** Before the first image. */
export const NOTHING = { seen: 0, right: 0, outcomes: "" };

/** After one more image. */
export function withOutcome({ seen, right, outcomes }, isRight) {
  return {
    seen: seen + 1,
    right: right + (isRight ? 1 : 0),
    outcomes: (outcomes + (isRight ? "1" : "0")).slice(-RECENT),
  };
}

/** A count of a whole as `12 of 20 (60 %)`. */
export function shareText(part, whole) {
  return whole === 0 ? "-" : `${part} of ${whole} (${Math.round(100 * part / whole)} %)`;
}

/** Right ones of those that are remembered. */
export function recentRight({ outcomes }) {
  return [...outcomes].filter((outcome) => outcome === "1").length;
}

/** Bytes as `256 KiB`. */
export function bytesText(bytes) {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
