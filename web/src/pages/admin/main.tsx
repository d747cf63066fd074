import { start } from "../../ui/start";

start(<main className="p-8">admin</main>);
