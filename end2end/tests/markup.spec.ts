// HTML in messages is shown as text, and only web addresses become links.

import { expect, test } from "../support/test.ts";

test("HTML is shown as it was typed and does nothing", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  const typed = [
    "<b>bold</b> & <i>brave</i>",
    "<script>document.title = 'mine now'</script>",
    '<img src="/nothing" onerror="document.title = \'mine now\'">',
    "</script><script>document.title = 'mine now'</script>",
  ];
  for (const text of typed) await anna.send(text);
  for (const text of typed) await ben.expectMessage(text, "Anna");

  // The same from the server, which writes the texts into HTML and into the initial data.
  await ben.page.reload();
  await ben.expectRoom("tea");
  for (const text of typed) await ben.expectMessage(text, "Anna");
  await expect(ben.log.locator("b, i, script, img")).toHaveCount(0);
  await expect(ben.page).toHaveTitle("tea · Parlor");
});

test("only web addresses become links", async ({ signIn }) => {
  const anna = await signIn("Anna", "tea");
  const ben = await signIn("Ben", "tea");
  await anna.send("See https://parlor.example/a?b=1&c=2, (http://tea.example).");
  await anna.send("Not javascript:alert(1) nor javascript://x.example/%0aalert(1)");

  const links = ben.log.locator(".text").getByRole("link");
  for (const pass of ["as it came", "as the server draws it"]) {
    await ben.expectMessage("Not javascript:alert(1) nor javascript://x.example/%0aalert(1)");
    await expect(links, pass).toHaveText(["https://parlor.example/a?b=1&c=2", "http://tea.example"]);
    await expect(links.first()).toHaveAttribute("href", "https://parlor.example/a?b=1&c=2");
    await expect(links.first()).toHaveAttribute("rel", /\bnoopener\b/);
    await expect(links.first()).toHaveAttribute("target", "_blank");
    await ben.page.reload();
    await ben.expectRoom("tea");
  }
});
