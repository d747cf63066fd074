import { Component, type ReactNode } from "react";
import { Button } from "../../../ui/Button";
import { ErrorNote } from "../../../ui/ErrorNote";

/** What fails inside is told here, and what is around it stays. A new `key` tries again. */
export class Boundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state: { error: unknown } = { error: null };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <div className="mx-auto flex max-w-prose flex-col gap-4 p-6">
        <h1 className="text-lg font-semibold">This page has failed</h1>
        <ErrorNote error={error} />
        <p className="text-sm text-muted">
          What is stored is not touched. After an update of the server a page has to be loaded anew.
        </p>
        <div className="flex gap-2">
          <Button look="primary" onClick={() => location.reload()}>
            Load the page anew
          </Button>
          <Button onClick={() => this.setState({ error: null })}>Try again</Button>
        </div>
      </div>
    );
  }
}
