"""What all demos of the Deep Learning Gallery share. It knows no demo by name."""
