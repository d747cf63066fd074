import "./style.css";
import { start } from "../../ui/start";
import { Docs } from "./Docs";

start(<Docs />);
