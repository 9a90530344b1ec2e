//! The program; all of it is the library beside this.

use std::process::ExitCode;

// What one thread has made and another drops is what this server does all day; it also leaves less of
// the memory in holes.
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    parlor::main()
}
