using Triptych.Storage.Disk;
using Triptych.Storage.Instruments;

namespace Triptych.Storage.Wal;

/// <summary>
/// Sets aside what cannot be read: a copy below <c>&lt;dir&gt;/quarantine/wal/&lt;signal&gt;</c>; where there is no room for one, a second name of the
/// whole file, which needs none and outlives the file's own. Each stretch is reported and counted. One thread.
/// </summary>
internal sealed class WalQuarantine(IDisk disk, WalOptions options, IStorageEvents events)
{
    private const int PieceBytes = 64 * 1024;
    private readonly string _folder = Path.Combine(options.DataDirectory, "quarantine", "wal", WalFormat.FolderOf(options.Signal));

    /// <summary>Stretches set aside.</summary>
    public int Count { get; private set; }

    /// <summary>Sets a stretch aside. True when it has a copy of its own, so that the file may be cut.</summary>
    public bool SetAside(IDiskFile file, string path, long offset, long lengthBytes, string problem)
    {
        Count++;
        var tag = StorageInstruments.Tag(options.Signal);
        StorageInstruments.WalQuarantined.Add(1, tag);
        StorageInstruments.WalQuarantinedBytes.Add(lengthBytes, tag);
        var copy = Path.Combine(_folder, FormattableString.Invariant($"{Path.GetFileNameWithoutExtension(path)}-{offset}.bin"));
        var isCopied = TryCopy(file, offset, lengthBytes, copy);
        events.WalQuarantined(path, offset, lengthBytes, problem, isCopied ? copy : TryLink(path));
        return isCopied;
    }

    private bool TryCopy(IDiskFile file, long offset, long lengthBytes, string copy)
    {
        try
        {
            disk.CreateDirectory(_folder);
            using (var target = disk.Open(copy, DiskOpen.ReadWrite))
            {
                target.SetLength(0);
                var piece = new byte[(int)Math.Min(PieceBytes, lengthBytes)];
                for (var done = 0L; done < lengthBytes;)
                {
                    var read = file.Read(piece.AsSpan(0, (int)Math.Min(piece.Length, lengthBytes - done)), offset + done);
                    if (read == 0)
                        break;
                    target.Write(piece.AsSpan(0, read), done);
                    done += read;
                }

                target.Flush();
            }

            disk.FlushDirectory(_folder);
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            DeleteUnfinished(copy);
            return false;
        }
    }

    /// <summary>A second name for the file: in the quarantine, or beside it when not even the folder can be made; null when that fails too.</summary>
    private string? TryLink(string path)
    {
        foreach (var name in (string[])[Path.Combine(_folder, Path.GetFileName(path)), path + ".damaged"])
        {
            try
            {
                disk.Link(path, name);
                disk.FlushDirectory(Path.GetDirectoryName(name)!);
                return name;
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // The next one, or the report says that nothing was kept.
            }
        }

        return null;
    }

    private void DeleteUnfinished(string copy)
    {
        try
        {
            disk.Delete(copy);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be deleted stays, shorter than the report says; the report names the file that has all of it.
        }
    }
}
