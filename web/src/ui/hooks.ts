/** Small hooks that several panels share. */

import type { RefObject } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { Feed } from '../ros/feed';

/** Keeps a feed subscribed while the component is shown and `when` holds. */
export function useFeed<T>(feed: Feed<T>, when = true, listener?: (message: T) => void): void {
  const newest = useRef(listener);
  newest.current = listener;
  useEffect(() => {
    if (!when) return undefined;
    return feed.retain((message) => newest.current?.(message));
  }, [feed, when]);
}

/** Whether the element is on the screen and the page is not hidden. */
export function useVisible(target: RefObject<Element | null>): boolean {
  const [isInView, setInView] = useState(true);
  const [isShown, setShown] = useState(!document.hidden);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => {
      setInView(entries.at(-1)?.isIntersecting ?? true);
    });
    if (target.current) observer.observe(target.current);
    const update = (): void => setShown(!document.hidden);
    document.addEventListener('visibilitychange', update);
    return () => {
      observer.disconnect();
      document.removeEventListener('visibilitychange', update);
    };
  }, [target]);
  return isInView && isShown;
}
