/** The newest samples of a few curves, all taken at the same moments. */

export const MAX_SAMPLES = 1000;

export type Sample = Readonly<Record<string, number | null>>;
/** Times, then one column per curve, as uPlot takes them. */
export type Columns = [number[], ...(number | null)[][]];

export class Series {
  private times: number[] = [];
  private readonly curves = new Map<string, (number | null)[]>();

  constructor(private readonly limit = MAX_SAMPLES) {}

  get names(): string[] {
    return [...this.curves.keys()];
  }

  get length(): number {
    return this.times.length;
  }

  /** Adds the values at `time` (s); a curve that is not in the sample has a gap there. */
  add(time: number, sample: Sample): void {
    const last = this.times.at(-1);
    if (last !== undefined && time <= last) return;
    for (const name of Object.keys(sample)) {
      if (!this.curves.has(name))
        this.curves.set(
          name,
          this.times.map(() => null),
        );
    }
    this.times.push(time);
    for (const [name, values] of this.curves) values.push(finite(sample[name]));
    if (this.times.length > this.limit) {
      this.times.shift();
      for (const values of this.curves.values()) values.shift();
    }
  }

  columns(names: readonly string[] = this.names): Columns {
    return [this.times, ...names.map((name) => this.curves.get(name) ?? [])];
  }

  /** The newest value of a curve. */
  latest(name: string): number | null {
    return this.curves.get(name)?.at(-1) ?? null;
  }
}

function finite(value: number | null | undefined): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
