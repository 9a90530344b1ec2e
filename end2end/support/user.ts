// Somebody in front of a page of the chat, and what they can see and do there.

import { type Locator, type Page, expect } from "@playwright/test";

/** Somebody with a page of their own. */
export class User {
  readonly composer: Locator;
  readonly log: Locator;
  readonly banner: Locator;
  readonly heading: Locator;
  readonly finder: Locator;
  readonly rooms: Locator;
  readonly otherRooms: Locator;
  readonly conversations: Locator;
  readonly people: Locator;

  constructor(
    readonly page: Page,
    readonly name: string,
  ) {
    this.composer = page.getByRole("textbox", { name: "Message", exact: true });
    this.log = page.getByRole("log");
    this.banner = page.getByText(/^(Connection lost|The server is restarting)/);
    this.heading = page.locator("main .header");
    this.finder = page.getByLabel("Find or create a room");
    this.rooms = page.getByRole("list", { name: "Rooms", exact: true });
    this.otherRooms = page.getByRole("list", { name: "Other rooms" });
    this.conversations = page.getByRole("list", { name: "Private messages" });
    this.people = page.getByRole("list", { name: "People" });
  }

  /** Fills in the sign-in form that is on the screen. */
  async signsIn(room: string): Promise<void> {
    await this.page.getByLabel("Nickname").fill(this.name);
    await this.page.getByRole("combobox", { name: "Room" }).fill(room);
    await this.page.getByRole("button", { name: "Join" }).click();
  }

  /** The page shows the room, is alive, and its socket has told who is here. */
  async isIn(room: string): Promise<void> {
    await expect(this.page.getByRole("heading", { level: 1, name: room })).toBeVisible();
    // The page takes the focus when it comes alive; the list of people comes over the socket.
    await expect(this.composer).toBeFocused();
    await expect(this.among(this.name)).toBeVisible();
  }

  /** Types a message and sends it. */
  async says(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await expect(this.composer).toHaveValue("");
  }

  /** The lines of the log: those that say exactly this, or those in which something like it stands. */
  line(text: string | RegExp): Locator {
    const lines = this.log.getByRole("listitem");
    return typeof text === "string"
      ? lines.filter({ has: this.page.getByText(text, { exact: true }) })
      : lines.filter({ hasText: text });
  }

  /** The text is on the screen, once, and no longer on its way. */
  async reads(text: string, author?: string): Promise<void> {
    await expect(this.line(text)).toHaveCount(1);
    await expect(this.line(text)).toBeInViewport();
    await expect(this.line(text)).not.toContainText("Sending…");
    if (author) await expect(this.line(text)).toContainText(author);
  }

  /** The way to a room in the lists, one's own or another. */
  room(name: string): Locator {
    return this.rooms.or(this.otherRooms).getByRole("link", { name });
  }

  /** The way to the private conversation with somebody. */
  conversation(name: string): Locator {
    return this.conversations.getByRole("link", { name });
  }

  /** Somebody in the list of people. */
  among(name: string): Locator {
    return this.people.getByRole("listitem").filter({ hasText: name });
  }

  /** Goes into a room by its name. */
  async joins(room: string): Promise<void> {
    await this.finder.fill(room);
    await this.finder.press("Enter");
    await this.isIn(room);
  }

  /** Goes out of the room for good. */
  async leaves(): Promise<void> {
    await this.page.getByRole("button", { name: "Leave room" }).click();
    await expect(this.page.getByRole("heading", { level: 1, name: "Welcome" })).toBeVisible();
  }

  /** Opens the menu of oneself. */
  async opensMenu(): Promise<void> {
    await this.page.getByRole("button", { name: "User menu" }).click();
  }

  /** Signs out, by the menu. */
  async signsOut(): Promise<void> {
    await this.opensMenu();
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await expect(this.page.getByLabel("Nickname")).toBeVisible();
  }

  /** Chooses somebody among the people of the room, to write to them in private. */
  async turnsTo(name: string): Promise<void> {
    await this.people.getByRole("link", { name }).click();
    await expect(this.page.getByRole("heading", { level: 1, name })).toBeVisible();
  }
}
