//! No files of a crate import each other in a circle, except for a module and its own submodules.

use std::collections::{BTreeMap, BTreeSet};

use crate::paths::{Module, Paths, module_of, paths, step};
use crate::rust::{self, Import};
use crate::source::{Finding, Source};

struct File<'a> {
    path: &'a str,
    paths: Paths<'a>,
}

/// The files of one crate, by their modules.
type Files<'a> = BTreeMap<Module, File<'a>>;

/// Which file imports which, and in which lines.
type Edges = BTreeMap<(Module, Module), BTreeSet<usize>>;

/// How many reexports one name is followed through; a `use` may also lead back to itself.
const MOST_HOPS: usize = 8;

/// Every import that is part of a circle, in each crate.
///
/// A path is an import of the file that defines what it names. If a `use` passes a name on, this is
/// the file that the name comes from. Imports between a module and the modules inside it do not
/// count, and neither does code that is compiled only for tests.
pub fn circles(sources: &[Source]) -> Vec<String> {
    let crates: BTreeSet<_> = sources
        .iter()
        .filter_map(|source| source.path.split_once("/src/"))
        .map(|(name, _)| name)
        .collect();
    crates
        .into_iter()
        .flat_map(|name| circles_of(&files(sources, name)))
        .collect()
}

fn circles_of(files: &Files<'_>) -> Vec<String> {
    let edges = edges(files);
    let reached: BTreeMap<_, _> = files.keys().map(|it| (it, reachable(&edges, it))).collect();
    let in_circle =
        |one: &Module, other: &Module| reached[one].contains(other) && reached[other].contains(one);
    edges
        .iter()
        .filter(|((from, to), _)| in_circle(from, to))
        .flat_map(|((from, to), lines)| lines.iter().map(move |line| (from, to, *line)))
        .map(|(from, to, line)| {
            let circle = files.keys().filter(|it| in_circle(from, it));
            let circle: Vec<_> = circle.map(|it| it.join("::")).collect();
            let (one, other) = (from.join("::"), to.join("::"));
            let what = format!(
                "`{one}` imports `{other}`: a circle of {}",
                circle.join(", ")
            );
            Finding::new(line, what).at(files[from].path)
        })
        .collect()
}

fn reachable<'a>(edges: &'a Edges, start: &'a Module) -> BTreeSet<&'a Module> {
    let (mut found, mut open) = (BTreeSet::new(), vec![start]);
    while let Some(from) = open.pop() {
        for (_, to) in edges.keys().filter(|(it, _)| it == from) {
            if found.insert(to) {
                open.push(to);
            }
        }
    }
    found
}

fn edges(files: &Files<'_>) -> Edges {
    let mut edges = Edges::new();
    for (module, file) in files {
        for named in &file.paths.named {
            let to = defined_in(files, named.from.clone(), &named.path, MOST_HOPS);
            if !to.starts_with(module) && !module.starts_with(&to) {
                let lines = edges.entry((module.clone(), to)).or_default();
                lines.insert(named.line);
            }
        }
    }
    edges
}

/// The module in a file of its own that defines what a path names, as seen from a module.
fn defined_in(files: &Files<'_>, from: Module, path: &[&str], hops: usize) -> Module {
    let mut here = from;
    for (at, word) in path.iter().enumerate() {
        let mut next = here.clone();
        step(&mut next, word);
        let is_outwards = next.len() <= here.len();
        if is_outwards || files.contains_key(&next) {
            here = next;
            continue;
        }
        let imported = imported(files, &here, word);
        if let (Some(import), true) = (imported, hops > 0) {
            let whole = import.path.iter().chain(&path[at + 1..]);
            let whole: Vec<_> = whole.copied().collect();
            return defined_in(files, here, &whole, hops - 1);
        }
        break;
    }
    while !files.contains_key(&here) && here.pop().is_some() {}
    here
}

fn imported<'a>(files: &'a Files<'_>, module: &Module, name: &str) -> Option<&'a Import<'a>> {
    let file = (0..=module.len())
        .rev()
        .find_map(|length| files.get(&module[..length]))?;
    let mut imports = file.paths.imports.iter();
    let found = imports.find(|(within, import)| within == module && import.name == Some(name));
    found.map(|(_, import)| import)
}

fn files<'a>(sources: &'a [Source], name: &str) -> Files<'a> {
    let prefix = [name, "/src/"].concat();
    let mut files = Files::new();
    let mut tests: Vec<Module> = Vec::new();
    for source in sources {
        let Some(rest) = source.path.strip_prefix(&prefix) else {
            continue;
        };
        if !source.ends_with(&["rs"]) || rust::is_test(&source.path) {
            continue;
        }
        let module = module_of(rest);
        let code = rust::code(source);
        for name in &code.test_modules {
            tests.push(module.iter().cloned().chain([(*name).to_owned()]).collect());
        }
        // Next to a `lib.rs`, a `main.rs` is a crate of its own that no file imports.
        if rest != "main.rs" || !files.contains_key(&module) {
            let file = File {
                path: &source.path,
                paths: paths(&code, module.clone()),
            };
            files.insert(module, file);
        }
    }
    files.retain(|module, _| !tests.iter().any(|test| module.starts_with(test)));
    files
}
