/** Counts the subrequests of one run; the free plan ends a run that makes more than fifty. */

export class Budget {
  readonly #limit: number;
  #used = 0;

  constructor(limit = 50) {
    this.#limit = limit;
  }

  get left(): number {
    return this.#limit - this.#used;
  }

  spend(): void {
    this.#used += 1;
  }
}
