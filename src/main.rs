//! deskledger: see `deskledger help`.

fn main() -> std::process::ExitCode {
    deskledger::cli::main()
}
