import { expect, test } from "vitest";
import { type Document, operations, typeName } from "./described";

const DOCUMENT: Document = {
  servers: [{ url: "/api/v1" }],
  components: {
    schemas: {
      Wish: { examples: [{ access: "it's" }], properties: { access: { type: "string" } }, required: ["access"] },
    },
  },
  paths: {
    "/channels/{channel}/access": {
      put: {
        tags: ["channels"],
        operationId: "set_public",
        security: [{}],
        parameters: [{ name: "channel", in: "path", schema: { type: "string", examples: ["main"] } }],
        requestBody: { content: { "application/json": { schema: { $ref: "#/components/schemas/Wish" } } } },
        responses: {
          "204": {},
          "200": {
            content: {
              "application/json": { schema: { type: "array", items: { $ref: "#/components/schemas/Wish" } } },
            },
          },
        },
      },
    },
    "/assets": { get: { tags: ["assets"], responses: {} } },
  },
};

test("operations come by their tags", () => {
  expect(operations(DOCUMENT).map((one) => one.tag)).toEqual(["assets", "channels"]);
});

test("the command has the example's names and body, quoted for a shell", () => {
  expect(operations(DOCUMENT)[1]?.curl).toBe(
    [
      'curl -X PUT "$SERVER/api/v1/channels/main/access" \\',
      '  -H "Authorization: Bearer $TOKEN" \\',
      '  -H "Content-Type: application/json" \\',
      `  -d '{"access":"it'\\''s"}'`,
    ].join("\n"),
  );
});

test("a list has an example of what is in it", () => {
  const answers = operations(DOCUMENT)[1]?.answers;
  expect(answers?.find((one) => one.status === "200")?.body?.examples).toEqual([
    JSON.stringify([{ access: "it's" }], null, 2),
  ]);
});

test("types are told in a word", () => {
  expect(typeName({ anyOf: [{ type: "integer" }, { type: "null" }] })).toBe("integer or null");
  expect(typeName({ type: "array", items: { $ref: "#/components/schemas/AssetView" } })).toBe("array of AssetView");
});
