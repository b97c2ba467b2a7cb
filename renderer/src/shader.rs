//! Shader sources: one file per pass in `shaders/`, each put together with the shared parts that it names.

/// Where a pass finds particles.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// A storage buffer.
    Buffer,
    /// A texture, 1024 particles to a row: WebGL2 has no storage buffers.
    Texture,
}

const LAYOUT: &str = include_str!("../../shaders/shared/layout.wgsl");
const VIEW: &str = include_str!("../../shaders/shared/view.wgsl");
const SPHERE: &str = include_str!("../../shaders/shared/sphere.wgsl");
const FROM_BUFFER: &str = include_str!("../../shaders/shared/particles_buffer.wgsl");
const FROM_TEXTURE: &str = include_str!("../../shaders/shared/particles_texture.wgsl");

/// One pass's shader: its name and what it is made of, in order.
pub(crate) struct Shader {
    pub(crate) name: &'static str,
    parts: &'static [&'static str],
    reads_particles: bool,
}

pub(crate) const SPHERES: Shader = Shader { name: "spheres", parts: &[SPHERE, include_str!("../../shaders/spheres.wgsl")], reads_particles: true };
pub(crate) const POINTS: Shader = Shader { name: "points", parts: &[include_str!("../../shaders/points.wgsl")], reads_particles: true };
pub(crate) const OBSTACLES: Shader = Shader { name: "obstacles", parts: &[SPHERE, include_str!("../../shaders/obstacles.wgsl")], reads_particles: false };
pub(crate) const BOUNDS: Shader = Shader { name: "bounds", parts: &[include_str!("../../shaders/bounds.wgsl")], reads_particles: false };
pub(crate) const RESOLVE: Shader = Shader { name: "resolve", parts: &[include_str!("../../shaders/resolve.wgsl")], reads_particles: false };

impl Shader {
    pub(crate) fn text(&self, source: Source) -> String {
        let mut text = [LAYOUT, VIEW].concat();
        if self.reads_particles {
            text += if source == Source::Buffer { FROM_BUFFER } else { FROM_TEXTURE };
        }
        text + &self.parts.concat()
    }
}

#[cfg(test)]
mod tests {
    use naga::back::glsl;
    use naga::valid::{Capabilities, ValidationFlags, Validator};

    use super::*;

    const ALL: [&Shader; 5] = [&SPHERES, &POINTS, &OBSTACLES, &BOUNDS, &RESOLVE];

    fn checked(shader: &Shader, source: Source) -> (naga::Module, naga::valid::ModuleInfo) {
        let text = shader.text(source);
        let module = naga::front::wgsl::parse_str(&text).unwrap_or_else(|error| panic!("{}: {}", shader.name, error.emit_to_string(&text)));
        let info = Validator::new(ValidationFlags::all(), Capabilities::empty()).validate(&module);
        (module, info.unwrap_or_else(|error| panic!("{}: {}", shader.name, error.emit_to_string(&text))))
    }

    #[test]
    fn every_shader_is_valid_wgsl() {
        for shader in ALL {
            for source in [Source::Buffer, Source::Texture] {
                checked(shader, source);
            }
        }
    }

    #[test]
    fn every_shader_becomes_glsl_es_300() {
        for shader in ALL {
            let (module, info) = checked(shader, Source::Texture);
            for (stage, entry) in [(naga::ShaderStage::Vertex, "vertex"), (naga::ShaderStage::Fragment, "fragment")] {
                let options = glsl::Options { version: glsl::Version::Embedded { version: 300, is_webgl: true }, ..Default::default() };
                let pipeline = glsl::PipelineOptions { shader_stage: stage, entry_point: entry.into(), multiview: None };
                let mut text = String::new();
                glsl::Writer::new(&mut text, &module, &info, &options, &pipeline, naga::proc::BoundsCheckPolicies::default())
                    .and_then(|mut writer| writer.write())
                    .unwrap_or_else(|error| panic!("{} {entry}: {error}", shader.name));
                assert!(text.starts_with("#version 300 es") && !text.contains("buffer "), "{} {entry}: {text}", shader.name);
            }
        }
    }

    /// The Rust mirror of `View` has every member at the same place.
    #[test]
    fn the_uniforms_lie_where_the_shaders_look() {
        use crate::uniforms::View;
        let (module, _) = checked(&BOUNDS, Source::Buffer);
        let members = module.types.iter().find_map(|(_, kind)| match &kind.inner {
            naga::TypeInner::Struct { members, span } if kind.name.as_deref() == Some("View") => Some((members.clone(), *span)),
            _ => None,
        });
        let (members, span) = members.expect("view.wgsl declares View");
        assert_eq!(span as usize, size_of::<View>());
        let places: Vec<_> = members.iter().map(|m| (m.name.as_deref().unwrap_or(""), m.offset as usize)).collect();
        macro_rules! mirrored { ($($field:ident),*) => { vec![$((stringify!($field), std::mem::offset_of!(View, $field))),*] } }
        assert_eq!(places, mirrored!(clip_from_world, eye, right, up, forward, scalar, background, line_color, bounds_min, bounds_max, haze));
    }

    /// No file in `shaders/` is left without a pass.
    #[test]
    fn every_file_belongs_to_a_pass() {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shaders");
        let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()).filter(|p| p.is_file()).collect();
        files.sort();
        let names: Vec<_> = files.iter().map(|p| p.file_stem().unwrap().to_string_lossy().into_owned()).collect();
        assert_eq!(names, ["bounds", "obstacles", "points", "resolve", "spheres"]);
    }
}
