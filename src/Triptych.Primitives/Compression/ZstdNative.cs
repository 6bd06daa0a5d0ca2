using System.Runtime.InteropServices;

namespace Triptych.Primitives.Compression;

/// <summary>The part of libzstd 1.4+ in use (zstd.h, stable API).</summary>
internal static unsafe partial class ZstdNative
{
    public const int WindowLogMaxParameter = 100; // ZSTD_d_windowLogMax
    public const int ResetSessionOnly = 1; // ZSTD_reset_session_only
    public const ulong ContentSizeUnknown = ulong.MaxValue; // ZSTD_CONTENTSIZE_UNKNOWN
    public const ulong ContentSizeError = ulong.MaxValue - 1; // ZSTD_CONTENTSIZE_ERROR
    public const int ErrorMemoryAllocation = 64; // ZSTD_error_memory_allocation
    public const int ErrorDestinationTooSmall = 70; // ZSTD_error_dstSize_tooSmall

    [StructLayout(LayoutKind.Sequential)]
    public struct InBuffer
    {
        public byte* Source;
        public nuint Size;
        public nuint Position;
    }

    [StructLayout(LayoutKind.Sequential)]
    public struct OutBuffer
    {
        public byte* Destination;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_createCCtx")]
    public static partial nint CreateCompressor();

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_freeCCtx")]
    public static partial nuint FreeCompressor(nint context);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_compressCCtx")]
    public static partial nuint Compress(nint context, byte* destination, nuint capacity, byte* source, nuint length, int level);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_compressBound")]
    public static partial nuint CompressBound(nuint length);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_createDCtx")]
    public static partial nint CreateDecompressor();

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_freeDCtx")]
    public static partial nuint FreeDecompressor(nint context);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_decompressDCtx")]
    public static partial nuint Decompress(nint context, byte* destination, nuint capacity, byte* source, nuint length);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_decompressStream")]
    public static partial nuint DecompressStream(nint context, OutBuffer* output, InBuffer* input);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_DCtx_reset")]
    public static partial nuint ResetDecompressor(nint context, int directive);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_DCtx_setParameter")]
    public static partial nuint SetDecompressorParameter(nint context, int parameter, int value);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_getFrameContentSize")]
    public static partial ulong FrameContentSize(byte* source, nuint length);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_findFrameCompressedSize")]
    public static partial nuint FrameCompressedSize(byte* source, nuint length);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_isError")]
    public static partial uint IsError(nuint code);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_getErrorCode")]
    public static partial int ErrorCode(nuint code);

    [LibraryImport(NativeLibraries.Zstd, EntryPoint = "ZSTD_getErrorName")]
    public static partial byte* ErrorName(nuint code);

    public static string ErrorText(nuint code) => Marshal.PtrToStringUTF8((nint)ErrorName(code)) ?? "unknown error";
}

/// <summary>A ZSTD_CCtx: native working memory that is reused from call to call.</summary>
internal sealed class ZstdCompressor : SafeHandle
{
    public ZstdCompressor()
        : base(0, ownsHandle: true)
    {
        SetHandle(ZstdNative.CreateCompressor());
        if (IsInvalid)
            throw new InsufficientMemoryException("zstd could not allocate a compression context.");
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => ZstdNative.FreeCompressor(handle) == 0;
}

/// <summary>A ZSTD_DCtx: native working memory that is reused from call to call.</summary>
internal sealed class ZstdDecompressor : SafeHandle
{
    public ZstdDecompressor(int windowLogMax)
        : base(0, ownsHandle: true)
    {
        SetHandle(ZstdNative.CreateDecompressor());
        if (IsInvalid)
            throw new InsufficientMemoryException("zstd could not allocate a decompression context.");
        var code = ZstdNative.SetDecompressorParameter(handle, ZstdNative.WindowLogMaxParameter, windowLogMax);
        if (ZstdNative.IsError(code) != 0)
            throw new InvalidOperationException($"zstd refused the window limit {windowLogMax}: {ZstdNative.ErrorText(code)}.");
    }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle() => ZstdNative.FreeDecompressor(handle) == 0;
}
