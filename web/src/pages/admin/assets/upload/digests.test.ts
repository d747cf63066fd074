import { expect, test } from "vitest";
import { Digests } from "./digests";

// RFC 1321, A.5
test.each([
  ["", "d41d8cd98f00b204e9800998ecf8427e"],
  ["a", "0cc175b9c0f1b6a831c399e269772661"],
  ["abc", "900150983cd24fb0d6963f7d28e17f72"],
  ["message digest", "f96b697d7cb7938d525a2f31aaf161d0"],
  [
    "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
    "57edf4a22be3c955ac49da2e2107b67a",
  ],
])("the MD5 of %j", async (text, md5) => {
  const digests = await Digests.of(new Blob([text]));
  expect(await digests.part(0, text.length)).toBe(md5);
});

test("the whole's SHA-256 is of all parts together (FIPS 180-2, B.1)", async () => {
  const digests = await Digests.of(new Blob(["abc"]));
  expect(await digests.part(0, 2)).toBe("187ef4436122d1cc2f40dc2b92f0eba0");
  await digests.part(2, 3);
  expect(digests.whole()).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
});

test("the fingerprint is that of the command line: printf 'abcabc3' | sha256sum", async () => {
  const digests = await Digests.of(new Blob(["abc"]));
  expect(await digests.fingerprint()).toBe("13ea61ebcf2ba8f72fd14f50c921387dcdf22cea00b2be41f8461ec01dcdb4ae");
});
