import { useState } from "react";
import { classes } from "../../ui/classes";

/** A poster in a box of its shape: what is behind shows until it is there, and where there is none. */
export function Picture({ url, className }: { url: string | null; className?: string }) {
  const [shown, setShown] = useState<string | null>(null);
  const [broken, setBroken] = useState<string | null>(null);
  return (
    <div className={classes("relative aspect-video overflow-hidden rounded-lg bg-raised", className)}>
      <img
        src="/icon.svg"
        alt=""
        width={40}
        height={40}
        className="absolute inset-0 m-auto size-1/4 opacity-25 grayscale"
      />
      {url !== null && broken !== url && (
        <img
          key={url}
          src={url}
          alt=""
          loading="lazy"
          decoding="async"
          onLoad={() => setShown(url)}
          onError={() => setBroken(url)}
          className={classes(
            "absolute inset-0 size-full object-cover transition-opacity duration-300",
            shown !== url && "opacity-0",
          )}
        />
      )}
    </div>
  );
}
