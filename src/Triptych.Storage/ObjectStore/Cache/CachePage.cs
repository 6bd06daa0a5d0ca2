namespace Triptych.Storage.ObjectStore.Cache;

/// <summary>A page of an object and where it lies in the cache.</summary>
/// <param name="Key">The object.</param>
/// <param name="Number">Which of its pages, from 0.</param>
/// <param name="Slot">Its place in the file.</param>
/// <param name="LengthBytes">Bytes in it; fewer than a page only where the object ends.</param>
/// <param name="Checksums">CRC-32C of each chunk of it.</param>
internal sealed record CachePage(string Key, int Number, int Slot, int LengthBytes, uint[] Checksums);
