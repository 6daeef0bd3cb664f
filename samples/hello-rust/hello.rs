//! A small command: greets, prints its environment and a file of its image, and ends with the
//! status that its second argument says. A debug build of it is a module of some megabytes.
use std::{env, fs, process};

fn main() {
    let args: Vec<String> = env::args().collect();
    println!("Hello, {}!", args.get(1).map_or("nobody", String::as_str));
    for (name, value) in env::vars() {
        println!("environment: {}={}", name, value);
    }
    match fs::read_to_string("/etc/hello/greeting.txt") {
        Ok(text) => print!("{}", text),
        Err(error) => {
            eprintln!("/etc/hello/greeting.txt: {}", error);
            process::exit(1);
        }
    }
    process::exit(args.get(2).and_then(|text| text.parse().ok()).unwrap_or(0));
}
