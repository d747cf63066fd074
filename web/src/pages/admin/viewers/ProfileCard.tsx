import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { answer, api, Refused } from "../../../api/client";
import type { ProfileView } from "../../../api/schema";
import { Button } from "../../../ui/Button";
import { Badge, Card } from "../../../ui/bits";
import { ErrorNote } from "../../../ui/ErrorNote";
import { TextField } from "../../../ui/Field";
import { useToast } from "../../../ui/Toasts";
import { useAttempt } from "../../../ui/useAttempt";
import { keys } from "../keys";
import { FormDialog } from "../parts/FormDialog";
import { Loaded } from "../parts/Loaded";
import { May } from "../session/session";
import type { Whose } from "./data";
import { changesOf, type Draft, draftOf } from "./profile";

/** What is known of a viewer; null where that is nothing. */
async function profile({ channel, viewer }: Whose): Promise<ProfileView | null> {
  try {
    return await answer(api.GET("/channels/{channel}/profiles/{viewer}", { params: { path: { channel, viewer } } }));
  } catch (error) {
    if (error instanceof Refused && error.status === 404) return null;
    throw error;
  }
}

/** What a viewer likes, and what is none of theirs. */
export function ProfileCard({ whose }: { whose: Whose }) {
  const known = useQuery({
    queryKey: keys.channel.profile(whose.channel, whose.viewer),
    queryFn: () => profile(whose),
  });
  const [open, setOpen] = useState(false);
  return (
    <Card title="Profile">
      <Loaded query={known} rows={1}>
        {(now) => (
          <div className="flex flex-col gap-3 text-sm">
            {now === null ? (
              <p className="text-muted">Nothing is known of what they like.</p>
            ) : (
              <Known profile={now} />
            )}
            <May as="editor">
              <div className="flex flex-wrap gap-2">
                <Button onClick={() => setOpen(true)}>Edit</Button>
                {now !== null && <Apply whose={whose} />}
              </div>
            </May>
            {open && <Edit whose={whose} before={now} onClose={() => setOpen(false)} />}
          </div>
        )}
      </Loaded>
    </Card>
  );
}

function Known({ profile: { likes, no_tags, without, most_rating, history } }: { profile: ProfileView }) {
  return (
    <>
      <p className="flex flex-wrap gap-1.5">
        {Object.entries(likes).map(([tag, score]) => (
          <Badge key={tag} tone={score < 0 ? "bad" : "good"}>
            {tag} {score > 0 ? `+${score}` : score}
          </Badge>
        ))}
        {no_tags.map((tag) => (
          <Badge key={tag} tone="bad">
            never {tag}
          </Badge>
        ))}
      </p>
      <p className="text-muted">
        {most_rating < 21 ? `Rated up to ${most_rating}` : "Any rating"} · {without.length} assets are none of theirs
        · {history.length} watched
      </p>
    </>
  );
}

/** Lets their own lineup follow the profile. */
function Apply({ whose: { channel, viewer } }: { whose: Whose }) {
  const queries = useQueryClient();
  const say = useToast();
  const { busy, error, attempt } = useAttempt();
  const apply = () =>
    attempt(async () => {
      await api.POST("/channels/{channel}/profiles/{viewer}/apply", { params: { path: { channel, viewer } } });
      say("Their own lineup follows the profile, from the first clip that is not fixed on.");
      await queries.invalidateQueries({ queryKey: keys.channel.all });
    });
  return (
    <>
      <Button busy={busy} onClick={apply}>
        Let the lineup follow it
      </Button>
      {error !== null && <ErrorNote error={error} />}
    </>
  );
}

type EditProps = { whose: Whose; before: ProfileView | null; onClose: () => void };

function Edit({ whose: { channel, viewer }, before, onClose }: EditProps) {
  const [draft, setDraft] = useState<Draft>(() => draftOf(before));
  const queries = useQueryClient();
  const say = useToast();
  const send = async () => {
    const body = changesOf(draft, before);
    await api.PATCH("/channels/{channel}/profiles/{viewer}", { params: { path: { channel, viewer } }, body });
    await queries.invalidateQueries({ queryKey: keys.channel.profiles });
    say("The profile is stored. Plans that are made from now on keep to it.");
    onClose();
  };
  const field = (name: keyof Draft) => ({
    value: draft[name],
    onChange: ({ target }: { target: HTMLInputElement }) => setDraft({ ...draft, [name]: target.value }),
  });
  return (
    <FormDialog title={`Profile of ${viewer}`} verb="Save" onSend={send} onClose={onClose}>
      <TextField
        label="Likes"
        placeholder="kids 0.8, sport -1"
        hint="Tags, from -1 (never) to 1"
        {...field("likes")}
      />
      <TextField label="Never with these tags" placeholder="news" {...field("noTags")} />
      <TextField label="Never these assets" hint="Their ids, with commas between" {...field("without")} />
      <TextField label="Highest rating" inputMode="numeric" hint="An age; nothing: any" {...field("rating")} />
    </FormDialog>
  );
}
