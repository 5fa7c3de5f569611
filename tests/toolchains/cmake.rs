//! cmake held against the real one: what its programs ask for and weigh, where they are installed, what is refused.

use super::{MOST, asks, tree};
use stageplay_core::base_images::{Catalogue, newest_day};
use stageplay_core::command_table::new_shell;
use stageplay_core::elf::{self, Machine};
use stageplay_core::exec::Credentials;
use stageplay_core::fs::Content;
use stageplay_core::image::Reference;
use stageplay_core::shell::Stream;
use stageplay_tests::{folder, program, skipped, write};

const C: &str = "#include <stdio.h>\nint main(void) { printf(\"hello\\n\"); return 0; }\n";
const CPP: &str = "#include <iostream>\nint main() { std::cout << \"hello\\n\"; return 0; }\n";

/// A project of one program, with what stands below.
fn project(language: &str, rest: &str) -> String {
    format!("cmake_minimum_required(VERSION 3.10)\nproject(hello {language}) # one\n{rest}")
}

#[test]
fn projects_are_built_and_installed_as_cmake_does_it() {
    if program("cmake").arg("--version").output().is_err() || program("c++").arg("--version").output().is_err() {
        return skipped("no cmake, or no compiler");
    }
    let cpp = project("CXX", "add_executable(hello src/main.cc)\ninstall(TARGETS hello DESTINATION bin)\n");
    let c = project(
        "C",
        "set(SOURCES src/main.c)\nadd_executable(${PROJECT_NAME} ${SOURCES})\ninstall(TARGETS hello RUNTIME DESTINATION sbin)\ninstall(FILES src/note.txt DESTINATION share/hello)\n",
    );
    let chosen = project(
        "C",
        "option(FIXED \"static\" OFF)\nif(FIXED)\n  set(CMAKE_EXE_LINKER_FLAGS \"-static\")\nelseif(NOT UNIX)\n  message(FATAL_ERROR \"no\")\nelse()\n  message(STATUS \"shared\")\nendif()\nfile(GLOB SOURCES src/*.c)\nadd_executable(hello ${SOURCES})\nfind_package(Threads REQUIRED)\ntarget_link_libraries(hello PRIVATE Threads::Threads m)\ninstall(TARGETS hello)\n",
    );
    let parts = project(
        "C",
        "add_subdirectory(part)\nadd_executable(hello src/main.c)\ntarget_link_libraries(hello part)\ninstall(TARGETS hello DESTINATION ${CMAKE_INSTALL_PREFIX}/bin)\n",
    );
    let gone = project("C", "add_executable(hello src/gone.c)\n");
    let stops = project("C", "if(NOT DEFINED WANTED)\n  message(FATAL_ERROR \"say what is WANTED\")\nendif()\n");
    let open = project("C", "add_executable(hello src/main.c\n");
    let cases = [
        (
            cpp.as_str(),
            "cmake -B build -DCMAKE_BUILD_TYPE=Release && cmake --build build -j2 && cmake --install build --prefix out",
            "out/bin/hello",
        ),
        (
            &cpp,
            "mkdir build && cd build && cmake .. -DCMAKE_INSTALL_PREFIX=/nowhere && make && DESTDIR=$PWD/../out make install",
            "out/nowhere/bin/hello",
        ),
        (
            &c,
            "cmake -S . -B b -DCMAKE_INSTALL_PREFIX=$PWD/out && cmake --build b --target hello && cmake --install b",
            "out/sbin/hello",
        ),
        (&chosen, "cmake -Bb -DFIXED=ON . && make -C b && b/hello", "b/hello"),
        (&chosen, "cmake -B b && cmake --build b && cmake --install b --prefix $PWD/out", "out/bin/hello"),
        (
            &parts,
            "cmake -B b -D CMAKE_INSTALL_PREFIX=$PWD/out && cmake --build b && b/hello && cmake --install b",
            "out/bin/hello",
        ),
        (&gone, "cmake -B b", ""),
        (&stops, "cmake -B b", ""),
        (&stops, "cmake -B b -DWANTED=x", ""),
        (&open, "cmake -B b", ""),
        (&cpp, "cmake -B b -S nowhere", ""),
        (&cpp, "cmake src", ""),
        (&cpp, "cmake --build nowhere", ""),
    ];
    let mut wrong = Vec::new();
    for (index, (lists, command, built)) in cases.into_iter().enumerate() {
        let place = folder(&format!("cmake-{index}"));
        let files = [
            ("CMakeLists.txt", lists),
            ("src/main.c", C),
            ("src/main.cc", CPP),
            ("src/note.txt", "a note\n"),
            ("part/CMakeLists.txt", "add_library(part STATIC part.c)\n"),
            ("part/part.c", "int part(void) { return 1; }\n"),
        ];
        write(&place, &files);
        let image =
            Catalogue::builtin().image(&Reference::parse("gcc").expect("a name"), newest_day()).expect("an image");
        let mut shell = new_shell(
            image.tree.clone(),
            &place.to_string_lossy(),
            &image.config.env,
            Credentials::default(),
            Machine::X86_64,
        );
        // At the same place as the real one: a project's paths are in what it says.
        shell.fs.mkdir_all(&place.to_string_lossy(), 0o755, 0, 0).expect("a folder");
        tree(&place, &place.to_string_lossy(), &mut shell.fs);
        let marker = elf::write(&elf::Elf::new(Machine::X86_64, false));
        shell.fs.write("/usr/bin/cmake", Content::inline(marker), 0o755, 0, 0).expect("a program");
        let real =
            program("sh").args(["-c", command]).current_dir(&place).env_remove("MAKEFLAGS").output().expect("a shell");
        let status = shell.run_script(command);
        let said = String::from_utf8_lossy(&real.stderr).into_owned();
        let ours = shell.printed(Stream::Stderr);
        if Some(status) != real.status.code() {
            wrong.push(format!(
                "{command}: exit {status}, really {:?}\n{ours}\n{said}{}",
                real.status.code(),
                String::from_utf8_lossy(&real.stdout)
            ));
            continue;
        }
        if let Some(line) = ours.lines().find(|line| !said.lines().any(|other| other.trim() == line.trim())) {
            wrong.push(format!("{command}: `{line}` is not said; really:\n{said}"));
        }
        if built.is_empty() {
            continue;
        }
        let bytes = std::fs::read(place.join(built)).expect("the real program");
        let len = bytes.len() as u64;
        let real = asks(&elf::read(&Content::inline(bytes)).expect("an ELF file"));
        let path = format!("{}/{built}", place.display());
        let Some(content) = shell.fs.get(&path).and_then(|node| node.content()) else {
            wrong.push(format!("{command}: no {built}"));
            continue;
        };
        let ours = asks(&elf::read(content).expect("an ELF file"));
        if ours != real {
            wrong.push(format!("{command}\n    we say: {ours:?}\n    really: {real:?}"));
        }
        let error = content.len.abs_diff(len) * 100 / len;
        println!("  {error} % off ({} for {len} bytes): {command}", content.len);
        if content.len_known && error > MOST {
            wrong.push(format!("{command}: {} bytes, really {len}", content.len));
        }
        if built.contains("sbin") && shell.fs.get(&format!("{}/out/share/hello/note.txt", place.display())).is_none() {
            wrong.push(format!("{command}: the note is not installed"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
