import { useQueryClient } from "@tanstack/react-query";
import type { EditView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Badge, Card } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { useAttempt } from "../../../ui/useAttempt";
import { keys } from "../keys";
import { Loaded } from "../parts/Loaded";
import { May } from "../session/session";
import { when } from "../words";
import { undone, useEdits, type Whose } from "./data";

const SHOWN = 10;

/** The edits of a viewer's lineup, the newest first; those to come can be undone. */
export function EditsCard({ whose }: { whose: Whose }) {
  const edits = useEdits(whose, false);
  return (
    <Card title="Edits">
      <Loaded query={edits} rows={1}>
        {({ edits: all }) =>
          all.length === 0 ? (
            <p className="text-sm text-muted">This lineup was not edited.</p>
          ) : (
            <ul className="flex flex-col divide-y divide-line">
              {[...all]
                .reverse()
                .slice(0, SHOWN)
                .map((edit) => (
                  <Edit key={edit.id} whose={whose} edit={edit} />
                ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}

function Edit({ whose, edit }: { whose: Whose; edit: EditView }) {
  const queries = useQueryClient();
  const { busy, error, attempt } = useAttempt();
  const undo = async () => {
    await attempt(() => undone(whose, false, edit.id));
    await queries.invalidateQueries({ queryKey: keys.channel.all });
  };
  return (
    <li className="flex flex-wrap items-center gap-x-3 gap-y-2 py-2 text-sm">
      <div className="min-w-0 grow">
        <p>
          {edit.clips.length} in, {edit.drop} out <Badge>{edit.state}</Badge>
        </p>
        <p className="text-muted">from the first clip after {when(edit.starts)} on</p>
      </div>
      {edit.pending && (
        <May as="editor">
          <Button busy={busy} onClick={undo} aria-label={`Undo the edit of ${when(edit.starts)}`}>
            Undo
          </Button>
        </May>
      )}
      {error !== null && (
        <div className="basis-full">
          <ErrorNote error={error} />
        </div>
      )}
    </li>
  );
}
