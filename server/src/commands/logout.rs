//! `logout`: ends the user's session, closes all of its sockets and frees the nickname.

use protocol::{Code, Refusal};

use super::ConnectionContext;

pub async fn logout(context: &mut ConnectionContext) -> Result<(), Refusal> {
    let connection = context.connection()?;
    if connection.permissions.is_bot() {
        // Only the command line can remove a bot.
        return Err(Code::NotAllowed.into());
    }
    context.flush().await;
    context.state.writer.sign_out(connection.user).await
}
