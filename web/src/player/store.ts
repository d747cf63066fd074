/** A value that changes, and those who want to know: what React's useSyncExternalStore takes. */
export interface Store<T> {
  /** The value now: the same object until something in it changes. */
  get(): T;
  /** Call `changed` after each change; what it gives ends that. */
  subscribe(changed: () => void): () => void;
}

/** A store whose owner changes it, field by field. */
export class Changeable<T extends object> implements Store<T> {
  private readonly listeners = new Set<() => void>();

  constructor(private value: T) {}

  readonly get = (): T => this.value;

  readonly subscribe = (changed: () => void): (() => void) => {
    this.listeners.add(changed);
    return () => this.listeners.delete(changed);
  };

  /** Take over these fields; nobody is told when none differs. */
  change(fields: Partial<T>): void {
    const names = Object.keys(fields) as (keyof T)[];
    if (names.every((name) => Object.is(this.value[name], fields[name]))) return;
    this.value = { ...this.value, ...fields };
    for (const listener of [...this.listeners]) listener();
  }
}
