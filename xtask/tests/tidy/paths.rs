//! Which paths the code of a file names, and from which module.

use crate::rust::{self, Code, Import, is_name};

/// A module's names from the crate's root on, which has none.
pub type Module = Vec<String>;

/// What a file names.
pub struct Paths<'a> {
    pub named: Vec<Named<'a>>,
    /// What each `use` brings into a module of this file.
    pub imports: Vec<(Module, Import<'a>)>,
}

/// A path as it is written.
pub struct Named<'a> {
    pub line: usize,
    /// The module in which it stands.
    pub from: Module,
    pub path: Vec<&'a str>,
}

impl Named<'_> {
    /// The path from the crate's root on, if it is written with `crate`, `super` or `self`.
    pub fn absolute(&self) -> Option<Module> {
        let is_relative = ["crate", "super", "self"].contains(self.path.first()?);
        is_relative.then(|| {
            let mut here = self.from.clone();
            for word in &self.path {
                step(&mut here, word);
            }
            here
        })
    }
}

/// Follows one word of a path.
pub fn step(here: &mut Module, word: &str) {
    match word {
        "crate" => here.clear(),
        "self" => {}
        "super" => drop(here.pop()),
        name => here.push(name.to_owned()),
    }
}

/// The module that a file below `src/` holds.
pub fn module_of(path: &str) -> Module {
    let path = path.strip_suffix(".rs").unwrap_or(path);
    let mut module: Module = path.split('/').map(str::to_owned).collect();
    let is_root = matches!(path, "lib" | "main");
    if is_root || module.last().is_some_and(|it| it == "mod") {
        module.pop();
    }
    module
}

/// Reads the code of the file that holds a module.
pub fn paths<'a>(code: &Code<'a>, module: Module) -> Paths<'a> {
    let tokens = &code.tokens;
    let mut found = Paths {
        named: Vec::new(),
        imports: Vec::new(),
    };
    // The modules within this file that are open, with how deep their blocks lie.
    let (mut here, mut open, mut depth) = (module, Vec::new(), 0_usize);
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        let next = |offset: usize| tokens.get(at + offset).map_or("", |token| token.text);
        match token.text {
            "{" => depth += 1,
            "}" => {
                depth = depth.saturating_sub(1);
                if open.last() == Some(&depth) {
                    open.pop();
                    here.pop();
                }
            }
            "mod" if next(2) == "{" => {
                here.push(next(1).to_owned());
                open.push(depth);
            }
            // In a type it says which lifetimes are captured.
            "use" if next(1) != "<" => {
                let (imports, end) = rust::imports(tokens, at + 1);
                for import in imports {
                    found.named.push(Named {
                        line: import.line,
                        from: here.clone(),
                        path: import.path.clone(),
                    });
                    found.imports.push((here.clone(), import));
                }
                at = end;
                continue;
            }
            name if is_name(name) && next(1) == "::" => {
                let length = rust::path_length(tokens, at);
                let words = tokens[at..at + length].iter().step_by(2);
                found.named.push(Named {
                    line: token.line,
                    from: here.clone(),
                    path: words.map(|token| token.text).collect(),
                });
                at += length;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    found
}
