"""Videos as frames with their times, sampled once and the same way wherever they are read.

clips.py   which frames of a video the policy sees, and when they stand
files.py   files of videos, read with PyAV
"""

from rlcs.videos.clips import Clip, as_bytes, check_video, load_frames, measured

__all__ = ["Clip", "as_bytes", "check_video", "load_frames", "measured"]
