const MAX_LENGTH = 200;
const READ_BYTES = 4_096;

/** Words that error pages and error objects of receivers consist of. */
const vocabulary = new Set(
  `a accepted access account an and api application are at auth authentication authorization available bad be body
  busy by cannot certificate check client closed code conflict connect connection content could database delayed
  denied detail details did disabled does down duplicate empty endpoint error errors event exceeded exception exist
  expired failed failure field for forbidden format found gateway gone handler has have header headers host id in
  inactive incorrect internal invalid is json key large later length limit limited login long maintenance malformed
  many match message method mismatch missing moved must no not null of offline ok old on out overloaded page parse
  payload permanently permission please problem process proxy queue rate read refused rejected request required
  resource response retry route schema secret server service session signature size slow small status syntax
  temporarily temporary the this time timed timeout timestamp title to token too try type unable unauthorized
  unavailable under undefined unexpected unknown unsupported upstream url user validation value version was webhook
  wrong`.split(/\s+/),
);

/**
 * What a receiver answered, for the delivery log. Receivers echo what they cannot digest, and that may be about a
 * person: so only words of a fixed technical vocabulary stay, and everything else becomes an ellipsis.
 */
export function toExcerpt(body: Uint8Array): string {
  const text = new TextDecoder().decode(body.subarray(0, READ_BYTES)).replace(/<[^>]*>/g, ' ');
  const words = text.split(/[\s"'{}[\]():;,.!?=_-]+/).filter((word) => word !== '');
  const kept = words.map((word) => (vocabulary.has(word.toLowerCase()) ? word : '…'));
  const collapsed = kept.filter((word, i) => word !== '…' || kept[i - 1] !== '…');
  const line = collapsed.join(' ');
  if (line.length <= MAX_LENGTH) return line;
  return `${line.slice(0, line.lastIndexOf(' ', MAX_LENGTH - 2))} …`;
}
