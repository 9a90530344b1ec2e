// A user with a chat page, and what the user can see and do there.

import { type Locator, type Page, expect } from "@playwright/test";

/** A user with a page. */
export class User {
  readonly composer: Locator;
  readonly log: Locator;
  readonly banner: Locator;
  readonly header: Locator;
  readonly roomInput: Locator;
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
    this.header = page.locator("main .header");
    this.roomInput = page.getByLabel("Find or create a room");
    this.rooms = page.getByRole("list", { name: "Rooms", exact: true });
    this.otherRooms = page.getByRole("list", { name: "Other rooms" });
    this.conversations = page.getByRole("list", { name: "Private messages" });
    this.people = page.getByRole("list", { name: "People" });
  }

  /** Submits the sign-in form that is on the screen. */
  async signIn(room: string): Promise<void> {
    await this.page.getByLabel("Nickname").fill(this.name);
    await this.page.getByRole("combobox", { name: "Room" }).fill(room);
    await this.page.getByRole("button", { name: "Join" }).click();
  }

  /** Waits until the page shows the room, is hydrated, and has received the list of users. */
  async expectRoom(room: string): Promise<void> {
    await expect(this.page.getByRole("heading", { level: 1, name: room })).toBeVisible();
    // Hydration moves the focus to the composer. The list of users comes over the socket.
    await expect(this.composer).toBeFocused();
    await expect(this.userInList(this.name)).toBeVisible();
  }

  /** Types a message and sends it. */
  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await expect(this.composer).toHaveValue("");
  }

  /** The items of the log with exactly this text, or with a match of this pattern. */
  logItem(text: string | RegExp): Locator {
    const lines = this.log.getByRole("listitem");
    return typeof text === "string"
      ? lines.filter({ has: this.page.getByText(text, { exact: true }) })
      : lines.filter({ hasText: text });
  }

  /** Waits until the message is on the screen, once, and confirmed by the server. */
  async expectMessage(text: string, author?: string): Promise<void> {
    await expect(this.logItem(text)).toHaveCount(1);
    await expect(this.logItem(text)).toBeInViewport();
    await expect(this.logItem(text)).not.toContainText("Sending…");
    if (author) await expect(this.logItem(text)).toContainText(author);
  }

  /** The link to a room in either list of rooms. */
  roomLink(name: string): Locator {
    return this.rooms.or(this.otherRooms).getByRole("link", { name });
  }

  /** The link to the private conversation with a user. */
  conversationLink(name: string): Locator {
    return this.conversations.getByRole("link", { name });
  }

  /** A user in the list of people. */
  userInList(name: string): Locator {
    return this.people.getByRole("listitem").filter({ hasText: name });
  }

  /** Joins a room by its name. */
  async joinRoom(room: string): Promise<void> {
    await this.roomInput.fill(room);
    await this.roomInput.press("Enter");
    await this.expectRoom(room);
  }

  /** Leaves the room. */
  async leaveRoom(): Promise<void> {
    await this.page.getByRole("button", { name: "Leave room" }).click();
    await expect(this.page.getByRole("heading", { level: 1, name: "Welcome" })).toBeVisible();
  }

  /** Opens the user menu. */
  async openUserMenu(): Promise<void> {
    await this.page.getByRole("button", { name: "User menu" }).click();
  }

  /** Signs out with the user menu. */
  async signOut(): Promise<void> {
    await this.openUserMenu();
    await this.page.getByRole("button", { name: "Sign out" }).click();
    await expect(this.page.getByLabel("Nickname")).toBeVisible();
  }

  /** Opens the private conversation with a user of the room. */
  async openConversationWith(name: string): Promise<void> {
    await this.people.getByRole("link", { name }).click();
    await expect(this.page.getByRole("heading", { level: 1, name })).toBeVisible();
  }
}
