import { AppError } from '../../core/errors.ts';

/**
 * Normalisations as manifests write them: `raw 0..255`, `x/255`, `(x-128)/128`, `x/127.5-1`,
 * `(x/255-[.485,.456,.406])/[.229,.224,.225]`. The text is an arithmetic expression in the pixel x (0…255)
 * and must be linear in it; a list stands for the three channels in the model's order.
 *
 *   scale  = "raw 0..255" [ remark ] | sum
 *   sum    = product { ("+" | "-") product }
 *   product = atom { ("*" | "/") atom }
 *   atom   = number | "x" | "[" number "," number "," number "]" | "(" sum ")"
 *   remark = "(" words without parentheses ")"
 */
export interface Scale {
  readonly mean: readonly [number, number, number];
  readonly std: readonly [number, number, number];
}

type Triple = readonly [number, number, number];

/** `slope · x + offset`, per channel. */
interface Linear {
  readonly slope: Triple;
  readonly offset: Triple;
}

const NONE: Triple = [0, 0, 0];

/** @throws AppError model_manifest_invalid when the text is none of this, or not linear and rising in x */
export function parseScale(text: string): Scale {
  if (/^raw 0\.\.255( \([^()]*\))?$/.test(text)) return { mean: [0, 0, 0], std: [1, 1, 1] };
  const { slope, offset } = new Parser(text).parse();
  if (![...slope, ...offset].every(Number.isFinite)) throw refused(text, 'it divides by zero');
  if (slope.some((value) => value <= 0)) throw refused(text, 'it does not rise with x');
  return {
    mean: combine(offset, slope, (b, a) => tidy(-b / a)),
    std: combine(slope, slope, (a) => tidy(1 / a)),
  };
}

class Parser {
  readonly #text: string;
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    const compact = text.replaceAll(' ', '');
    this.#tokens = compact.match(/\d+(?:\.\d+)?|\.\d+|[x+\-*/()[\],]/g) ?? [];
    if (this.#tokens.join('') !== compact) throw refused(text, 'it has a sign that is not known');
  }

  parse(): Linear {
    const value = this.#sum();
    if (this.#at < this.#tokens.length) throw refused(this.#text, 'its end does not belong to it');
    return value;
  }

  #sum(): Linear {
    let left = this.#product();
    for (let sign = this.#take('+', '-'); sign; sign = this.#take('+', '-')) {
      const right = this.#product();
      const add = sign === '+' ? (a: number, b: number) => a + b : (a: number, b: number) => a - b;
      left = {
        slope: combine(left.slope, right.slope, add),
        offset: combine(left.offset, right.offset, add),
      };
    }
    return left;
  }

  #product(): Linear {
    let left = this.#atom();
    for (let sign = this.#take('*', '/'); sign; sign = this.#take('*', '/')) {
      const next = this.#atom();
      const isSwapped = sign === '*' && isConstant(left);
      const [value, factor] = isSwapped ? [next, left] : [left, next];
      if (!isConstant(factor)) throw refused(this.#text, 'it is not linear');
      const apply =
        sign === '*' ? (a: number, b: number) => a * b : (a: number, b: number) => a / b;
      left = {
        slope: combine(value.slope, factor.offset, apply),
        offset: combine(value.offset, factor.offset, apply),
      };
    }
    return left;
  }

  #atom(): Linear {
    if (this.#take('x')) return { slope: [1, 1, 1], offset: NONE };
    if (this.#take('(')) {
      const value = this.#sum();
      this.#expect(')');
      return value;
    }
    if (!this.#take('[')) {
      const value = this.#number();
      return { slope: NONE, offset: [value, value, value] };
    }
    const first = this.#number();
    this.#expect(',');
    const second = this.#number();
    this.#expect(',');
    const offset: Triple = [first, second, this.#number()];
    this.#expect(']');
    return { slope: NONE, offset };
  }

  #number(): number {
    const value = Number(this.#tokens[this.#at++] ?? 'missing');
    if (Number.isNaN(value)) throw refused(this.#text, 'a number is missing');
    return value;
  }

  #take(...wanted: string[]): string | undefined {
    const token = this.#tokens[this.#at];
    if (token === undefined || !wanted.includes(token)) return undefined;
    this.#at++;
    return token;
  }

  #expect(token: string): void {
    if (!this.#take(token)) throw refused(this.#text, `"${token}" is missing`);
  }
}

function isConstant({ slope }: Linear): boolean {
  return slope.every((value) => value === 0);
}

function combine(
  left: Triple,
  right: Triple,
  apply: (a: number, b: number) => number,
): [number, number, number] {
  return [apply(left[0], right[0]), apply(left[1], right[1]), apply(left[2], right[2])];
}

/** 127.5 rather than 127.49999999999999: the arithmetic above leaves crumbs in the last digits. */
function tidy(value: number): number {
  return Number(value.toPrecision(12)) + 0;
}

function refused(text: string, why: string): AppError {
  return new AppError(
    'model_manifest_invalid',
    `input.scale "${text}" cannot be understood: ${why}; write it like "(x/255-[.485,.456,.406])/[.229,.224,.225]"`,
  );
}
