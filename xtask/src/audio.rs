//! A sound server with no loudspeaker behind it, for a browser that plays nothing on a machine without an audio device.

use crate::debian;
use anyhow::{Context, Result, ensure};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long it may take to begin.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server; ends with this value.
pub(crate) struct Audio {
    server: Child,
    folder: PathBuf,
    /// What PULSE_SERVER is to be.
    pub(crate) address: String,
}

impl Audio {
    /// Starts one that is nobody else's, in a folder of its own: addresses of sockets are short, so it lies with what is temporary.
    pub(crate) fn start() -> Result<Self> {
        debian::provide(&debian::AUDIO)?;
        let folder = std::env::temp_dir().join(format!("motes-audio-{}", std::process::id()));
        _ = fs::remove_dir_all(&folder);
        fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
        let runtime = folder.join("pulse");
        let mut command = Command::new("pulseaudio");
        command.args(["-n", "--system=false", "--daemonize=no", "--use-pid-file=no", "--exit-idle-time=-1", "--log-target=stderr", "--log-level=error"]);
        command.args(["-L", "module-null-sink sink_name=motes", "-L", "module-native-protocol-unix auth-anonymous=1"]);
        // It makes that folder so that nobody else may look into it, and leaves the user's settings alone.
        command.env("PULSE_RUNTIME_PATH", &runtime).env("HOME", &folder).env("XDG_CONFIG_HOME", &folder).env_remove("PULSE_SERVER");
        let log = fs::File::create(folder.join("log"))?;
        let server = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn().context("could not start pulseaudio")?;
        let socket = runtime.join("native");
        let mut audio = Self { server, folder, address: format!("unix:{}", socket.display()) };
        let begun = Instant::now();
        while !socket.exists() {
            let ended = audio.server.try_wait()?.is_some();
            let told = || fs::read_to_string(audio.folder.join("log")).unwrap_or_default().trim().replace('\n', "; ");
            ensure!(!ended && begun.elapsed() < PATIENCE, "pulseaudio does not begin: {}", told());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(audio)
    }
}

impl Drop for Audio {
    fn drop(&mut self) {
        _ = self.server.kill();
        _ = self.server.wait();
        _ = fs::remove_dir_all(&self.folder);
    }
}
