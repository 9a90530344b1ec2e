// Messages whose text the administrator deletes.

import { expect, test } from "../support/test.ts";

test("a deleted message loses its words on every page at once, and keeps its place", async ({ server, signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  for (const text of ["Before", "My password is tulip", "After"]) {
    await ben.send(text);
    await anna.expectMessage(text);
  }
  await server.command("message", "remove", "--room", "tea", "--seq", "2");
  for (const { log } of [anna, ben]) {
    await expect(log.locator(".text")).toHaveText(["Before", "Message deleted", "After"]);
  }
  await expect(anna.page.getByText("tulip")).toHaveCount(0);
  await anna.page.reload();
  await expect(anna.log.locator(".text")).toHaveText(["Before", "Message deleted", "After"]);
  await ben.send("Still here");
  await anna.expectMessage("Still here");
});
