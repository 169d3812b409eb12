/** Adam (Kingma & Ba 2015) over a named set of parameters, in place. */
export class Adam {
  readonly #moments = new Map<string, { first: Float32Array; second: Float32Array }>();
  #step = 0;

  update(
    parameters: ReadonlyMap<string, Float32Array>,
    gradients: ReadonlyMap<string, Float32Array>,
    rate: number,
  ): void {
    this.#step += 1;
    const firstScale = 1 / (1 - 0.9 ** this.#step);
    const secondScale = 1 / (1 - 0.999 ** this.#step);
    for (const [name, values] of parameters) {
      const gradient = gradients.get(name);
      if (!gradient) throw new Error(`no gradient for ${name}`);
      const { first, second } = this.#momentsOf(name, values.length);
      for (let i = 0; i < values.length; i++) {
        const g = gradient[i] ?? 0;
        const m = 0.9 * (first[i] ?? 0) + 0.1 * g;
        const v = 0.999 * (second[i] ?? 0) + 0.001 * g * g;
        first[i] = m;
        second[i] = v;
        values[i] =
          (values[i] ?? 0) - (rate * m * firstScale) / (Math.sqrt(v * secondScale) + 1e-8);
      }
    }
  }

  #momentsOf(name: string, length: number) {
    let moments = this.#moments.get(name);
    if (!moments) {
      moments = { first: new Float32Array(length), second: new Float32Array(length) };
      this.#moments.set(name, moments);
    }
    return moments;
  }
}
