use protocol::games::Player;

use super::*;

const BOT: UserId = UserId(7);
const TOTO: UserId = UserId(8);

fn tables() -> Tables {
    Tables::new(GameName::ALL[0], BOT)
}

fn event(seq: Seq, author: UserId, played: Played) -> Message {
    Message {
        room: "tea".into(),
        seq,
        from: if author == BOT { "Bot" } else { "Toto" }.into(),
        author,
        played: Some(Box::new(played)),
        ..Message::default()
    }
}

fn invited(with: Option<UserId>) -> Played {
    Played::Invited {
        game: GameName::ALL[0],
        with: with.map(|user| Player {
            user,
            name: String::new(),
        }),
        clock: 60,
        again: None,
        first: None,
    }
}

fn accepts(of: Seq) -> Vec<Step> {
    vec![Step::Play {
        room: "tea".into(),
        act: Act::Accept { of },
    }]
}

fn refused(tables: &mut Tables, act: Act, code: Code) {
    let draft = Draft {
        id: "1".into(),
        to: "tea".into(),
        body: Body::Act(act),
    };
    tables.refused(&draft, code);
}

/// A game that Toto has offered and that the bot has accepted: number 4. Toto begins.
fn begun() -> (Tables, Vec<Step>) {
    let mut tables = tables();
    tables.hear(&event(4, TOTO, invited(None)));
    let accepted = Played::Accepted { of: 4, first: TOTO };
    let steps = tables.hear(&event(5, BOT, accepted));
    (tables, steps)
}

#[test]
fn it_accepts_what_is_for_everybody_or_for_itself_and_nothing_of_its_own() {
    for with in [None, Some(BOT)] {
        assert_eq!(tables().hear(&event(4, TOTO, invited(with))), accepts(4));
    }
    assert_eq!(tables().hear(&event(4, TOTO, invited(Some(TOTO)))), []);
    assert_eq!(tables().hear(&event(4, BOT, invited(None))), []);
}

#[test]
fn it_plays_when_it_is_its_turn_and_once() {
    let (mut tables, steps) = begun();
    let told = "Game 4 in tea against Toto has started.".to_owned();
    assert_eq!(steps, [Step::Tell(told)]);
    let moved = event(
        6,
        TOTO,
        Played::Moved {
            of: 4,
            nth: 1,
            at: "b2".into(),
        },
    );
    let steps = tables.hear(&moved);
    assert!(
        matches!(
            &steps[..],
            [Step::Play {
                act: Act::Move { of: 4, .. },
                ..
            }]
        ),
        "{steps:?}"
    );
    assert_eq!(tables.hear(&moved), []);
    let offered = tables.hear(&event(7, TOTO, Played::Draw { of: 4 }));
    assert_eq!(offered, [], "its move is on its way already");
}

#[test]
fn it_tells_how_a_game_ended_and_forgets_it() {
    let (mut tables, _) = begun();
    let steps = tables.hear(&event(6, TOTO, Played::Resigned { of: 4 }));
    let told = "Game 4 in tea against Toto is over: won by resignation.".to_owned();
    assert_eq!(steps, [Step::Tell(told)]);
    assert!(tables.tables.is_empty());
}

#[test]
fn somebody_who_is_away_is_asked_again_and_what_is_over_is_forgotten() {
    let mut tables = tables();
    let card = event(4, TOTO, invited(None));
    assert_eq!(tables.hear(&card), accepts(4));
    assert!(!tables.wait());
    refused(&mut tables, Act::Accept { of: 4 }, Code::Away);
    assert!(tables.wait());
    assert_eq!(tables.try_again(), accepts(4));
    assert!(!tables.wait());
    refused(&mut tables, Act::Accept { of: 4 }, Code::GameOver);
    assert_eq!(tables.try_again(), []);
    assert!(tables.tables.is_empty());
}

#[test]
fn after_a_hole_it_goes_by_the_cards() {
    let (mut tables, _) = begun();
    tables.doubt("tea");
    let mut card = event(4, TOTO, invited(None));
    let mut game = tables.tables[&("tea".to_owned(), 4)].game.clone();
    game.seq = 600;
    game.moves = vec!["b2".into()];
    card.game = Some(Box::new(game));
    let steps = tables.settle(std::slice::from_ref(&card));
    assert!(matches!(&steps[..], [Step::Play { .. }]), "{steps:?}");
    tables.doubt("milk");
    assert_eq!(tables.settle(&[]), []);
    assert_eq!(tables.tables.len(), 1, "nothing was missed in tea");
    tables.doubt("tea");
    assert_eq!(tables.settle(&[]), []);
    assert!(tables.tables.is_empty(), "it ended meanwhile");
}
