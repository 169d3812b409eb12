/** Value of a character in a check sum: digits as they are, A=10 … Z=35, filler 0 (Doc 9303-3 §4.9). */
export function characterValue(char: string): number {
  if (char === '<') return 0;
  const value = Number.parseInt(char, 36);
  return Number.isNaN(value) ? 0 : value;
}

/** Weights 7, 3, 1 repeating, sum modulo 10. */
export function checkDigit(text: string): string {
  const weights = [7, 3, 1] as const;
  let sum = 0;
  for (let i = 0; i < text.length; i++) {
    sum += characterValue(text.charAt(i)) * (weights[i % 3] as number);
  }
  return String(sum % 10);
}
