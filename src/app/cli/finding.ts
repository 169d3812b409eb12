/** One thing that `bonafide doctor` looked at. */
export interface Finding {
  what: string;
  status: 'ok' | 'warning' | 'problem';
  found: string;
  /** The way out; absent when there is nothing to do. */
  advice?: string;
}
