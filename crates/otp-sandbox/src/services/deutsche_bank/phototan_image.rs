//! The image of a photoTAN challenge.

use png::{BitDepth, ColorType, Encoder};

const SIDE: u32 = 32;
/// The bytes of an image, with one bit for each dot.
pub(crate) const IMAGE_BYTES: usize = (SIDE * SIDE / 8) as usize;

/// A valid PNG that looks like a matrix code. It does not contain the code; the message in the inbox does, in place
/// of the app.
pub(crate) fn png(dots: &[u8; IMAGE_BYTES]) -> Vec<u8> {
    let mut image = Vec::new();
    let mut encoder = Encoder::new(&mut image, SIDE, SIDE);
    encoder.set_color(ColorType::Grayscale);
    encoder.set_depth(BitDepth::One);
    // Writing to memory fails only if the data has the wrong length, which its type excludes.
    if let Ok(mut writer) = encoder.write_header() {
        let _ = writer.write_image_data(dots);
    }
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_image_is_a_png_that_can_be_decoded() {
        let image = png(&[0x5a; IMAGE_BYTES]);
        let mut reader = png::Decoder::new(std::io::Cursor::new(image)).read_info().unwrap();
        let mut dots = vec![0; IMAGE_BYTES];
        reader.next_frame(&mut dots).unwrap();
        assert_eq!(dots, [0x5a; IMAGE_BYTES]);
    }
}
