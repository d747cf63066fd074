/** The name, with its sign. */
export function Logo() {
  return (
    <span className="inline-flex items-center gap-2 font-semibold tracking-tight">
      <img src="/icon.svg" alt="" width={26} height={26} />
      StreamSync
    </span>
  );
}
