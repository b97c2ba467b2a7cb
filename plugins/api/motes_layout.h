/* Generated from physics/src/layout.rs by `cargo xtask codegen`; change it there. */
#ifndef MOTES_LAYOUT_H
#define MOTES_LAYOUT_H

#define MOTES_HEADER_FIELD_COUNT 32
#define MOTES_HEADER_FIELD_TABLE 36
#define MOTES_HEADER_PARTICLE_COUNT 56
#define MOTES_HEADER_STEP 64
#define MOTES_HEADER_TIME 72
#define MOTES_FIELD_BYTES 64
#define MOTES_FIELD_NAME 0
#define MOTES_FIELD_ELEMENT 32
#define MOTES_FIELD_COMPONENTS 36
#define MOTES_FIELD_OFFSET 40
#define MOTES_FIELD_CAPACITY 48

#endif
