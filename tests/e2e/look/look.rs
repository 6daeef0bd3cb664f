// Says what is at each of its arguments: the names in a directory, or the first line of a file.
use std::{env, fs};

fn main() {
    for path in env::args().skip(1) {
        if let Ok(entries) = fs::read_dir(&path) {
            print!("{path}:");
            for entry in entries {
                print!(" {}", entry.unwrap().file_name().into_string().unwrap());
            }
            println!();
        } else if let Ok(text) = fs::read_to_string(&path) {
            println!("{path} = {}", text.lines().next().unwrap_or(""));
        } else {
            println!("{path} is not there");
        }
    }
}
