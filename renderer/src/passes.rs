//! Pipelines, made once for a device and a target format.

use wgpu::util::{DeviceExt as _, TextureDataOrder};

use crate::colormap::{COLORS, Colormap};
use crate::gpu::Gpu;
use crate::offscreen::DEPTH;
use crate::shader::{self, Shader, Source};

pub(crate) struct Passes {
    pub(crate) format: wgpu::TextureFormat,
    pub(crate) light_format: wgpu::TextureFormat,
    pub(crate) view_layout: wgpu::BindGroupLayout,
    pub(crate) particles_layout: wgpu::BindGroupLayout,
    pub(crate) obstacles_layout: wgpu::BindGroupLayout,
    pub(crate) light_layout: wgpu::BindGroupLayout,
    pub(crate) colormaps: wgpu::TextureView,
    pub(crate) spheres: wgpu::RenderPipeline,
    pub(crate) points: wgpu::RenderPipeline,
    pub(crate) obstacles: wgpu::RenderPipeline,
    pub(crate) bounds: wgpu::RenderPipeline,
    pub(crate) resolve: wgpu::RenderPipeline,
}

const UNIFORM: wgpu::BindingType = buffer(wgpu::BufferBindingType::Uniform);
/// Read texel by texel.
const TEXELS: wgpu::BindingType = wgpu::BindingType::Texture {
    sample_type: wgpu::TextureSampleType::Float { filterable: false },
    view_dimension: wgpu::TextureViewDimension::D2,
    multisampled: false,
};
const ADD: wgpu::BlendComponent =
    wgpu::BlendComponent { src_factor: wgpu::BlendFactor::One, dst_factor: wgpu::BlendFactor::One, operation: wgpu::BlendOperation::Add };

const fn buffer(ty: wgpu::BufferBindingType) -> wgpu::BindingType {
    wgpu::BindingType::Buffer { ty, has_dynamic_offset: false, min_binding_size: None }
}

fn layout(gpu: &Gpu, label: &str, entries: &[(wgpu::ShaderStages, wgpu::BindingType)]) -> wgpu::BindGroupLayout {
    let entries: Vec<_> = (0..).zip(entries).map(|(binding, &(visibility, ty))| wgpu::BindGroupLayoutEntry { binding, visibility, ty, count: None }).collect();
    gpu.device.create_bind_group_layout(&wgpu::BindGroupLayoutDescriptor { label: Some(label), entries: &entries })
}

fn colormaps(gpu: &Gpu) -> wgpu::TextureView {
    let descriptor = wgpu::TextureDescriptor {
        label: Some("colour maps"),
        size: wgpu::Extent3d { width: COLORS, height: Colormap::ALL.len() as u32, depth_or_array_layers: 1 },
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format: wgpu::TextureFormat::Rgba8Unorm,
        usage: wgpu::TextureUsages::TEXTURE_BINDING,
        view_formats: &[],
    };
    let bytes = Colormap::ALL.map(Colormap::bytes).concat();
    let texture = gpu.device.create_texture_with_data(&gpu.queue, &descriptor, TextureDataOrder::default(), &bytes);
    texture.create_view(&wgpu::TextureViewDescriptor::default())
}

/// Half floats where they can be added up, else bytes, which show less of how dense it is.
fn light_format(gpu: &Gpu) -> wgpu::TextureFormat {
    let half = wgpu::TextureFormat::Rgba16Float;
    let features = gpu.adapter.get_texture_format_features(half);
    let adds = features.flags.contains(wgpu::TextureFormatFeatureFlags::BLENDABLE) && features.allowed_usages.contains(wgpu::TextureUsages::RENDER_ATTACHMENT);
    if adds { half } else { wgpu::TextureFormat::Rgba8Unorm }
}

/// What sets one pass apart.
struct Kind<'a> {
    shader: &'a Shader,
    group: Option<&'a wgpu::BindGroupLayout>,
    format: wgpu::TextureFormat,
    blend: Option<wgpu::BlendState>,
    /// Whether depth is compared, and whether it is written.
    depth: Option<bool>,
    topology: wgpu::PrimitiveTopology,
}

fn pipeline(gpu: &Gpu, view: &wgpu::BindGroupLayout, kind: &Kind<'_>) -> wgpu::RenderPipeline {
    let device = &gpu.device;
    let label = Some(kind.shader.name);
    let module = device.create_shader_module(wgpu::ShaderModuleDescriptor { label, source: wgpu::ShaderSource::Wgsl(kind.shader.text(gpu.source).into()) });
    let groups: Vec<_> = [Some(view), kind.group].into_iter().flatten().map(Some).collect();
    let layout = device.create_pipeline_layout(&wgpu::PipelineLayoutDescriptor { label, bind_group_layouts: &groups, immediate_size: 0 });
    let targets = [Some(wgpu::ColorTargetState { format: kind.format, blend: kind.blend, write_mask: wgpu::ColorWrites::ALL })];
    let compilation_options = wgpu::PipelineCompilationOptions::default();
    device.create_render_pipeline(&wgpu::RenderPipelineDescriptor {
        label,
        layout: Some(&layout),
        vertex: wgpu::VertexState { module: &module, entry_point: Some("vertex"), compilation_options: compilation_options.clone(), buffers: &[] },
        fragment: Some(wgpu::FragmentState { module: &module, entry_point: Some("fragment"), compilation_options, targets: &targets }),
        primitive: wgpu::PrimitiveState { topology: kind.topology, ..Default::default() },
        depth_stencil: kind.depth.map(|write| wgpu::DepthStencilState {
            format: DEPTH,
            depth_write_enabled: Some(write),
            depth_compare: Some(wgpu::CompareFunction::Greater),
            stencil: wgpu::StencilState::default(),
            bias: wgpu::DepthBiasState::default(),
        }),
        multisample: wgpu::MultisampleState::default(),
        multiview_mask: None,
        cache: None,
    })
}

impl Passes {
    pub(crate) fn new(gpu: &Gpu, format: wgpu::TextureFormat) -> Self {
        use wgpu::PrimitiveTopology::{LineList, TriangleList};
        let light_format = light_format(gpu);
        let view_layout = layout(gpu, "view", &[(wgpu::ShaderStages::VERTEX_FRAGMENT, UNIFORM), (wgpu::ShaderStages::VERTEX, TEXELS)]);
        let frame = if gpu.source == Source::Buffer { buffer(wgpu::BufferBindingType::Storage { read_only: true }) } else { TEXELS };
        let particles_layout = layout(gpu, "particles", &[(wgpu::ShaderStages::VERTEX, frame)]);
        let obstacles_layout = layout(gpu, "obstacles", &[(wgpu::ShaderStages::VERTEX, UNIFORM)]);
        let light_layout = layout(gpu, "light", &[(wgpu::ShaderStages::FRAGMENT, TEXELS)]);
        let make = |shader, group, depth, topology| pipeline(gpu, &view_layout, &Kind { shader, group, format, blend: None, depth, topology });
        let added = Some(wgpu::BlendState { color: ADD, alpha: ADD });
        let points =
            Kind { shader: &shader::POINTS, group: Some(&particles_layout), format: light_format, blend: added, depth: Some(false), topology: TriangleList };
        let over = Some(wgpu::BlendState::PREMULTIPLIED_ALPHA_BLENDING);
        let resolve = Kind { shader: &shader::RESOLVE, group: Some(&light_layout), format, blend: over, depth: None, topology: TriangleList };
        Self {
            spheres: make(&shader::SPHERES, Some(&particles_layout), Some(true), TriangleList),
            obstacles: make(&shader::OBSTACLES, Some(&obstacles_layout), Some(true), TriangleList),
            bounds: make(&shader::BOUNDS, None, Some(true), LineList),
            points: pipeline(gpu, &view_layout, &points),
            resolve: pipeline(gpu, &view_layout, &resolve),
            colormaps: colormaps(gpu),
            format,
            light_format,
            view_layout,
            particles_layout,
            obstacles_layout,
            light_layout,
        }
    }
}
