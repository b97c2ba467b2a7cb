;; Mean height and greatest speed of all particles, measured after each step. Written by hand: it has no data and no stack.
(module
  (import "env" "memory" (memory 0 65536))

  ;; Address of the array whose name is eight letters long: an entry of the field table has its name first, padded with zeros.
  (func $field (param $block i32) (param $name i64) (result i32)
    (local $entry i32) (local $left i32)
    (local.set $entry (i32.add (local.get $block) (i32.load offset=36 (local.get $block))))
    (local.set $left (i32.load offset=32 (local.get $block)))
    (loop $next
      (if (i32.eqz (local.get $left)) (then (return (i32.const 0))))
      (if (i64.eq (i64.load (local.get $entry)) (local.get $name))
        (then
          (if (i32.eqz (i32.load8_u offset=8 (local.get $entry)))
            (then (return (i32.add (local.get $block) (i32.load offset=40 (local.get $entry))))))))
      (local.set $entry (i32.add (local.get $entry) (i32.const 64)))
      (local.set $left (i32.sub (local.get $left) (i32.const 1)))
      (br $next))
    (unreachable))

  (func (export "after_step") (param $block i32) (param $outputs i32)
    (local $x i32) (local $v i32) (local $end i32) (local $sum f64) (local $square f32) (local $most f32)
    ;; "position" and "velocity" as little-endian numbers.
    (local.set $x (call $field (local.get $block) (i64.const 0x6e6f697469736f70)))
    (local.set $v (call $field (local.get $block) (i64.const 0x797469636f6c6576)))
    (local.set $end (i32.add (local.get $x) (i32.mul (i32.const 12) (i32.load offset=56 (local.get $block)))))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $x) (local.get $end)))
        (local.set $sum (f64.add (local.get $sum) (f64.promote_f32 (f32.load offset=4 (local.get $x)))))
        (local.set $square
          (f32.add
            (f32.add
              (f32.mul (f32.load (local.get $v)) (f32.load (local.get $v)))
              (f32.mul (f32.load offset=4 (local.get $v)) (f32.load offset=4 (local.get $v))))
            (f32.mul (f32.load offset=8 (local.get $v)) (f32.load offset=8 (local.get $v)))))
        (local.set $most (f32.max (local.get $most) (local.get $square)))
        (local.set $x (i32.add (local.get $x) (i32.const 12)))
        (local.set $v (i32.add (local.get $v) (i32.const 12)))
        (br $next)))
    (f64.store (local.get $outputs) (f64.div (local.get $sum) (f64.convert_i32_u (i32.load offset=56 (local.get $block)))))
    (f64.store offset=8 (local.get $outputs) (f64.promote_f32 (f32.sqrt (local.get $most)))))

  (@custom "motes.plug_in"
    "{\"name\": \"measure\", \"about\": \"Mean height and greatest speed.\", \"writes\": [], \"outputs\": [{\"name\": \"height\", \"unit\": \"length\", \"doc\": \"Mean y of all particles.\"}, {\"name\": \"speed\", \"unit\": \"length/time\", \"doc\": \"Greatest speed.\"}]}"))
